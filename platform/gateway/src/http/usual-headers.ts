import { writtenName } from '@mainstay/service';

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

/** What a client got with its write and gives with its next read, so that a service with replicas shows it that write. */
export const writtenHeader = {
  http_header: 'X-Written-Up-To',
  grpc_metadata: writtenName,
  direction: 'both',
  max_length: 512,
  baggage: true,
};
