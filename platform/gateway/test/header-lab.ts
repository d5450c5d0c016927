import type { HandlerContext } from '@connectrpc/connect';
import { PlatformError } from '@mainstay/kernel';
import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { bidirectional, type HeaderRule, incoming, outgoing, rpcReasons } from '@mainstay/rpc';
import { afterAll, beforeEach } from 'vitest';
import { type Backends, startTestGateway, type TestGateway } from './harness.ts';

/** Every kind of rule that the checks of header mapping speak of. */
export const rules: readonly HeaderRule[] = [
  incoming('Authorization', 'authorization'),
  incoming('Authorization', 'auth-token', { transforms: ['trim', { removePrefix: 'Bearer ' }] }),
  bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true, maxLength: 64 }),
  incoming('X-User-Role', 'user-role', { identity: 'roles' }),
  incoming('User-Agent', 'client-agent', { transforms: [{ replace: '\\d+', with: 'x' }] }),
  outgoing('processing-time', 'X-Processing-Time', { transforms: [{ addSuffix: 'ms' }] }),
  outgoing('server-version', 'X-Server-Version'),
  outgoing('content-security-policy', 'Content-Security-Policy', { default: "default-src 'self'" }),
];

/** What the services behind the gateway last saw, and what they shall say. */
export interface Seen {
  received: Headers | undefined;
  context: CallContext | undefined;
  calls: number;
  /** Content-Security-Policy of the service, if it has one of its own. */
  policy: string | undefined;
}

/** Opens gateways in front of services that answer with headers; one for each test file, ended with it. */
export function headerLab(): {
  readonly seen: Seen;
  readonly open: (...options: Parameters<typeof startTestGateway>[1][]) => Promise<TestGateway>;
} {
  const seen: Seen = { received: undefined, context: undefined, calls: 0, policy: undefined };
  const echo = (_: unknown, { requestHeader, responseHeader }: HandlerContext): object => {
    seen.calls++;
    seen.received = requestHeader;
    seen.context = currentContext();
    responseHeader.set('processing-time', '150');
    responseHeader.set('server-version', 'v1.2.0');
    responseHeader.set('auth-token', 'must not come out');
    if (seen.policy !== undefined) responseHeader.set('content-security-policy', seen.policy);
    return {};
  };
  const backends: Backends = {
    users: { createUser: echo },
    products: { listProducts: echo },
    orders: {
      listOrders() {
        throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going away');
      },
    },
  };
  const opened: TestGateway[] = [];
  beforeEach(() => {
    Object.assign(seen, { received: undefined, context: undefined, calls: 0, policy: undefined });
  });
  afterAll(() => Promise.all(opened.map((gateway) => gateway[Symbol.asyncDispose]())));
  return {
    seen,
    async open(...options) {
      const gateway = await startTestGateway(backends, Object.assign({ headers: { rules } }, ...options));
      opened.push(gateway);
      return gateway;
    },
  };
}
