import { formatDegradation, rpcHeaders } from '@mainstay/rpc';
import type { ServiceCall } from '../protection/prepare-call.ts';
import type { Service } from './request-parts.ts';

/** The call that a request becomes, apart from its message. */
export function callOf({ admitted, exchange, reply }: Service): ServiceCall {
  const { trace, signal, mapped } = exchange;
  return {
    admitted,
    trace,
    baggage: mapped.baggage,
    signal,
    onHeader(header) {
      exchange.answered = header;
      const degraded = header.get(rpcHeaders.degraded);
      if (degraded !== null && !reply.sent) void reply.header(rpcHeaders.degraded, degraded);
    },
    client: exchange.client?.id ?? '',
    cacheKey: undefined,
    onDegraded: (degradation) => void reply.header(rpcHeaders.degraded, formatDegradation(degradation)),
  };
}
