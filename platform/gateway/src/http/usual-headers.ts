/** Ids by which a client finds its request again, in the answer and in the logs of all services. */
export const usualHeaders = [
  {
    http_header: 'X-Request-ID',
    grpc_metadata: 'request-id',
    direction: 'both',
    default_value: { generate: 'uuid' },
    max_length: 128,
    baggage: true,
  },
  {
    http_header: 'X-Correlation-ID',
    grpc_metadata: 'correlation-id',
    direction: 'both',
    max_length: 128,
    baggage: true,
  },
];
