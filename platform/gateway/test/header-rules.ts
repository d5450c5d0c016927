import { bidirectional, type HeaderRule, incoming, outgoing } from '@mainstay/rpc';

/** Every kind of rule that the checks of header mapping speak of, as code. */
export const rules: readonly HeaderRule[] = [
  incoming('Authorization', 'authorization'),
  incoming('Authorization', 'auth-token', { transforms: ['trim', { removePrefix: 'Bearer ' }] }),
  bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true, maxLength: 64 }),
  incoming('X-User-Role', 'user-role', { identity: 'roles' }),
  incoming('User-Agent', 'client-agent', { transforms: [{ replace: '\\d+', with: 'x' }] }),
  incoming('X-Batch', 'batch', { transforms: [{ match: '[a-z]+' }] }),
  outgoing('processing-time', 'X-Processing-Time', { transforms: [{ addSuffix: 'ms' }] }),
  outgoing('server-version', 'X-Server-Version'),
  outgoing('content-security-policy', 'Content-Security-Policy', { default: "default-src 'self'" }),
];

/** The same as a file, with limits that no test reaches and one tier that fills up once a minute. */
export const configuration = `
gateway:
  headers:
    rules:
      - { http_header: Authorization, grpc_metadata: authorization, direction: in }
      - http_header: Authorization
        grpc_metadata: auth-token
        direction: in
        transforms: [trim, { remove_prefix: 'Bearer ' }]
      - http_header: X-Request-ID
        grpc_metadata: request-id
        direction: both
        default_value: { generate: uuid }
        baggage: true
        max_length: 64
      - { http_header: X-User-Role, grpc_metadata: user-role, direction: in, identity: roles }
      - { http_header: User-Agent, grpc_metadata: client-agent, direction: in, transforms: [{ replace: '\\d+', with: x }] }
      - { http_header: X-Batch, grpc_metadata: batch, direction: in, transforms: [{ match: '[a-z]+' }] }
      - { http_header: X-Processing-Time, grpc_metadata: processing-time, direction: out, transforms: [{ add_suffix: ms }] }
      - { http_header: X-Server-Version, grpc_metadata: server-version, direction: out }
      - { http_header: Content-Security-Policy, grpc_metadata: content-security-policy, direction: out, default_value: "default-src 'self'" }
  limits:
    tiers:
      anonymous: { limit_per_minute: 1000000, burst: 100000 }
      free: { limit_per_minute: 1, burst: 200 }
      enterprise: { limit_per_minute: 1000000, burst: 100000 }
`;

const transforms: Readonly<Record<string, readonly unknown[]>> = {
  trim: [{ remove_prefix: 'a' }, 'trim'],
  prefix: [{ remove_prefix: 'Bearer ' }],
  truncate: [{ truncate: 3 }],
  replace: [{ replace: '\\d+', with: 'x' }],
  suffix: [{ add_suffix: 'ms' }],
  mask: [{ mask: 4 }],
  chain: [{ remove_prefix: 'Bearer ' }, { truncate: 3 }],
  turned: [{ truncate: 3 }, { remove_prefix: 'Bearer ' }],
};

/** Variables of a gateway that demands two headers, says what it maps, leaves what a service says, and has a rule for each transform. */
export const strict: Readonly<Record<string, string>> = {
  GATEWAY_HEADERS_DEBUG: 'true',
  GATEWAY_HEADERS_OVERWRITE_EXISTING: 'false',
  GATEWAY_HEADERS_SKIP_PATHS: '/lab',
  GATEWAY_HEADERS_RULES: JSON.stringify([
    { http_header: 'Authorization', grpc_metadata: 'authorization', direction: 'in', required: true },
    { http_header: 'X-Client', grpc_metadata: 'client', direction: 'in', required: true },
    {
      http_header: 'Authorization',
      grpc_metadata: 'client-proof',
      secret: true,
      direction: 'in',
      transforms: [{ remove_prefix: 'Bearer ' }],
    },
    {
      http_header: 'Content-Security-Policy',
      grpc_metadata: 'content-security-policy',
      direction: 'out',
      default_value: "default-src 'self'",
    },
    ...Object.entries(transforms).map(([name, list]) => ({
      http_header: `X-T-${name}`,
      grpc_metadata: `t-${name}`,
      direction: 'in',
      transforms: list,
    })),
  ]),
};
