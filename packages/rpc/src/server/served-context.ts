import type { Cancellation, Deadline } from '@mainstay/kernel';
import type { CallContext, Identity, TraceContext } from '@mainstay/kernel/context';
import { parseBaggage } from '../wire/baggage.ts';
import { headers } from '../wire/headers.ts';
import { parsePreferWait } from '../wire/prefer.ts';
import type { RunningCall } from './running-call.ts';

/** The context that a handler runs in; what it holds is read from the headers when it is asked for. */
export class ServedContext implements CallContext {
  readonly identity: Identity;
  readonly owner: RunningCall;
  #baggage: Readonly<Record<string, string>> | undefined | 'unread' = 'unread';

  constructor(owner: RunningCall, identity: Identity) {
    this.owner = owner;
    this.identity = identity;
  }

  get trace(): TraceContext {
    return this.owner.trace;
  }

  get deadline(): Deadline | undefined {
    return this.owner.deadline;
  }

  get cancellation(): Cancellation {
    return this.owner;
  }

  get signal(): AbortSignal {
    return this.owner.signal;
  }

  get tenant(): string | undefined {
    return this.identity.tenant;
  }

  get idempotencyKey(): string | undefined {
    return this.owner.incoming.header.get(headers.idempotencyKey) || undefined;
  }

  get preferWaitSeconds(): number | undefined {
    return parsePreferWait(this.owner.incoming.header.get(headers.prefer));
  }

  get baggage(): Readonly<Record<string, string>> | undefined {
    if (this.#baggage === 'unread') {
      // Ids stand in logs, so only services may say them.
      const isOfFleet = this.identity.viaService !== undefined;
      this.#baggage = isOfFleet ? parseBaggage(this.owner.incoming.header.get(headers.baggage)) : undefined;
    }
    return this.#baggage;
  }
}
