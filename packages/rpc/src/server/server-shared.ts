import { type Alarms, alarmsOf, type Clock, type Logger, type Meter, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { englishMessages, type MessageCatalogue } from '../messages/message-catalogue.ts';
import { type CallerAdmission, createCallerAdmission } from './caller-admission.ts';
import { type UndatedCall, UndatedCalls } from './undated-calls.ts';

/** A call as its server keeps account of it. */
export interface AccountedCall extends UndatedCall {
  /** `Infinity` without a deadline. */
  readonly dueAtMs: number;
}

const goingAway = new PlatformError(rpcReasons.SERVER_DRAINING, 'the server is going away');

/** What all calls of a server share. */
export class ServerShared {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly messages: MessageCatalogue;
  /** Finds out who calls, and admits whom the contract names. */
  readonly admitCaller: CallerAdmission;
  readonly #undated = new UndatedCalls();
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;
  #refusal: PlatformError | undefined = undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly identity: IdentityVerifier;
    readonly logger: Logger;
    readonly meter: Meter;
    readonly messages?: MessageCatalogue | undefined;
    readonly fleet?: string | undefined;
  }) {
    this.clock = options.clock;
    this.alarms = alarmsOf(options.clock);
    this.messages = options.messages ?? englishMessages;
    this.admitCaller = createCallerAdmission(options);
  }

  /** Calls running now. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Why no new calls are taken; undefined while they are. */
  get refusal(): PlatformError | undefined {
    return this.#refusal;
  }

  enter(call: AccountedCall): void {
    this.#inFlight++;
    if (call.dueAtMs === Number.POSITIVE_INFINITY) this.#undated.add(call);
  }

  leave(call: AccountedCall): void {
    this.#inFlight--;
    this.#undated.remove(call);
    if (this.#inFlight > 0 || this.#waiting.size === 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Resolves when no call is running. */
  idle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Takes no new calls, and ends those that have no deadline. */
  drain(): void {
    this.#refusal = goingAway;
    this.#undated.cancel(goingAway);
  }
}
