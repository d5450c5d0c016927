import { bidirectional, createHeaderMapper, type HeaderMapper, incoming, outgoing } from '../src/index.ts';

/** A mapper of the rules that a gateway would have for its HTTP clients. */
export const newMapper = (): HeaderMapper =>
  createHeaderMapper({
    rules: [
      incoming('Authorization', 'auth-token', { transforms: [{ removePrefix: 'Bearer ' }] }),
      bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true }),
      incoming('X-User-ID', 'user-id', { identity: 'user_id' }),
      outgoing('server-version', 'X-Server-Version', { default: 'v1' }),
    ],
  });
