import { rpcHeaders } from '@mainstay/rpc';
import type { Service } from '../exchange/request-parts.ts';
import type { ServiceCall } from '../protection/prepare-call.ts';

/** Headers of answers that clients are shown as they are. */
const shownHeaders = [rpcHeaders.degraded, rpcHeaders.idempotencyReplayed] as const;

/** The call that a request becomes, apart from its message. */
export function callOf({ admitted, exchange, reply }: Service): ServiceCall {
  const { trace, cancellation, mapped } = exchange;
  return {
    admitted,
    trace,
    baggage: mapped.baggage,
    cancellation,
    onHeader(header) {
      exchange.answered = header;
      if (reply.sent) return;
      for (const name of shownHeaders) {
        const value = header.get(name);
        if (value !== null && value !== undefined) reply.header(name, value);
      }
    },
    client: exchange.client?.id ?? '',
    tenant: exchange.client?.tenant,
  };
}
