/** Headers of a call, in lower case as HTTP/2 sends them. */
export const headers = {
  /** W3C trace context. */
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  /** Time left, relative, gRPC's format. */
  timeout: 'grpc-timeout',
  /** Who calls, signed by the calling service. */
  identity: 'mainstay-identity',
  idempotencyKey: 'idempotency-key',
  /** On answers: `true` when an earlier call with the same key had the effect. */
  idempotencyReplayed: 'idempotency-replayed',
  /** RFC 7240; only `wait=<seconds>` is read. */
  prefer: 'prefer',
  /** W3C baggage: ids of the request that all this is done for. */
  baggage: 'baggage',
  /** Language that the people behind a call read. */
  acceptLanguage: 'accept-language',
  /** On answers: the HTTP status that the edge should use. */
  httpStatus: 'mainstay-http-status',
  /** On answers: what stands in for what should have been answered, a list of RFC 9651. */
  degraded: 'mainstay-degraded',
} as const;
