import {
  type Alarms,
  alarmsOf,
  Cancellation,
  type Clock,
  type Logger,
  type Meter,
  PlatformError,
} from '@mainstay/kernel';
import { rpcReasons } from '../errors.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { englishMessages, type MessageCatalogue } from '../messages/message-catalogue.ts';
import { type CallerAdmission, createCallerAdmission } from './caller-admission.ts';

const goingAway = new PlatformError(rpcReasons.SERVER_DRAINING, 'the server is going away');

/** What all calls of a server share. */
export class ServerShared {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Comes when no new calls are taken. */
  readonly draining: Cancellation = new Cancellation();
  readonly messages: MessageCatalogue;
  /** Finds out who calls, and admits whom the contract names. */
  readonly admitCaller: CallerAdmission;
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

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

  enter(): void {
    this.#inFlight++;
  }

  leave(): void {
    this.#inFlight--;
    if (this.#inFlight > 0 || this.#waiting.size === 0) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }

  /** Resolves when no call is running. */
  idle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  drain(): void {
    this.draining.cancel(goingAway);
  }
}
