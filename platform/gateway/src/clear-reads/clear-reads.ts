import type { Message } from '@bufbuild/protobuf';
import { type Logger, toPlatformError } from '@mainstay/kernel';
import type { FieldSensitivity } from '@mainstay/rpc';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import { type Exchange, inTrace } from '../exchange/exchange.ts';
import { isAbove, widest } from '../identity/clearance.ts';
import { noGrants } from '../identity/customer-grant.ts';
import { findHidden } from '../masking/find-hidden.ts';
import type { ClearRead, ClearReadStore } from './clear-read-store.ts';
import { findRevealed, type Revealed } from './find-revealed.ts';

/** A request whose answer is about to be shown. */
export interface ShownRequest {
  readonly admitted: AdmittedRequest;
  readonly exchange: Exchange;
}

interface Waiting {
  readonly read: ClearRead;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * Records who is shown what of others because of a role or a grant, before it is shown.
 *
 * One record a request, and another when a stream goes on to show more: other fields, or by another grant. What cannot be recorded is
 * masked as it is for everybody. Without a store the log is the record. Cost: a comparison for callers without such a role; for the
 * others two more walks over what may be hidden, and one statement for all of a turn of the event loop.
 */
export class ClearReads {
  readonly #store: Pick<ClearReadStore, 'record'> | undefined;
  readonly #everybody: FieldSensitivity;
  readonly #logger: Logger;
  /** What each request was recorded with: fields and grants. */
  readonly #recorded = new WeakMap<Exchange, Set<string>>();
  #waiting: Waiting[] = [];

  constructor(options: {
    readonly store: Pick<ClearReadStore, 'record'> | undefined;
    /** How sensitive fields may be that everybody is shown. */
    readonly everybody: FieldSensitivity;
    readonly logger: Logger;
  }) {
    this.#store = options.store;
    this.#everybody = options.everybody;
    this.#logger = options.logger;
  }

  /** The request as it counts for masking its answer: with the clearance of its caller once that is recorded. */
  viewOf(shown: ShownRequest, message: Message): AdmittedRequest | Promise<AdmittedRequest> {
    const { admitted, exchange } = shown;
    const usual = widest(this.#everybody, admitted.route.policy.discloses);
    if (!isAbove(admitted.clearance, usual) && admitted.grants.length === 0) return admitted;
    const masked = { ...admitted, clearance: usual, grants: noGrants };
    const hidden = findHidden(masked, message);
    if (hidden.length === 0) return admitted;
    const revealed = findRevealed(admitted, { hidden, stillHidden: findHidden(admitted, message) });
    const known = this.#recorded.get(exchange);
    const isKnown = [...revealed.fields, ...revealed.grants].every((each) => known?.has(each) === true);
    return isKnown ? admitted : this.#recordFirst(shown, { masked, revealed });
  }

  async #recordFirst(
    { admitted, exchange }: ShownRequest,
    { masked, revealed }: { readonly masked: AdmittedRequest; readonly revealed: Revealed },
  ): Promise<AdmittedRequest> {
    const { route, identity } = admitted;
    const read: ClearRead = {
      userId: identity.userId ?? '',
      roles: identity.roles,
      client: exchange.client?.id ?? '',
      method: `${route.serviceName}.${route.method.name}`,
      path: exchange.target.path,
      traceId: exchange.trace.traceId,
      ...revealed,
    };
    try {
      await this.#record(read);
    } catch (error) {
      const failure = { ...read, error: toPlatformError(error) };
      inTrace(exchange, () =>
        this.#logger.error('personal data stays masked, its reading cannot be recorded', failure),
      );
      return masked;
    }
    const known = this.#recorded.get(exchange) ?? new Set();
    this.#recorded.set(exchange, known);
    for (const each of [...revealed.fields, ...revealed.grants]) known.add(each);
    inTrace(exchange, () => this.#logger.info('personal data is shown in the clear', { ...read }));
    return admitted;
  }

  async #record(read: ClearRead): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ read, done });
    if (this.#waiting.length === 1) setImmediate(() => void this.#write(store));
    await done.promise;
  }

  async #write(store: Pick<ClearReadStore, 'record'>): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await store.record(batch.map(({ read }) => read));
      for (const { done } of batch) done.resolve();
    } catch (error) {
      for (const { done } of batch) done.reject(error);
    }
  }
}
