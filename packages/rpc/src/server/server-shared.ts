import { type Alarms, alarmsOf, Cancellation, type Clock, PlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import type { EngineCall } from '../engine/engine.ts';
import { rpcReasons } from '../errors.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { englishMessages, type MessageCatalogue } from '../messages/message-catalogue.ts';
import { headers } from '../wire/headers.ts';

const goingAway = new PlatformError(rpcReasons.SERVER_DRAINING, 'the server is going away');

/** What all calls of a server share. */
export class ServerShared {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** Comes when no new calls are taken. */
  readonly draining: Cancellation = new Cancellation();
  readonly messages: MessageCatalogue;
  readonly #verifier: IdentityVerifier;
  readonly #waiting = new Set<() => void>();
  #inFlight = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly identity: IdentityVerifier;
    readonly messages?: MessageCatalogue | undefined;
  }) {
    this.clock = options.clock;
    this.alarms = alarmsOf(options.clock);
    this.messages = options.messages ?? englishMessages;
    this.#verifier = options.identity;
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

  /** @throws {@link PlatformError} `IDENTITY_INVALID` for an identity that is not proved. */
  identify({ header, local }: EngineCall): Identity {
    if (local !== undefined) return local.caller;
    const token = header.get(headers.identity);
    return token === undefined ? anonymousIdentity : this.#verifier.verify(token);
  }
}
