import { createClient } from '@connectrpc/connect';
import { type Meter, silentMeter } from '@mainstay/kernel';
import { type Identity, newTrace, runInContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import {
  bindService,
  createDirectTransport,
  createInProcessTransport,
  createInternalIdentity,
  startRpcServer,
} from '../src/index.ts';
import { keepingLogger, key, type Line, silent, type Way, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

interface Served extends AsyncDisposable {
  /** A client of the service named, with the fleet's key or another. */
  clientOf(service: string, signingKey?: Uint8Array): ReturnType<typeof kindsClient>;
  readonly lines: Line[];
  readonly counts: { value: number; labels: Readonly<Record<string, string>> }[];
}

const kindsClient = (transport: Parameters<typeof createClient>[1]) => createClient(KindsService, transport);

async function serve(way: Way): Promise<Served> {
  const lines: Line[] = [];
  const counts: Served['counts'] = [];
  const logger = keepingLogger(lines);
  const meter: Meter = {
    ...silentMeter,
    counter: ({ name }) => ({
      add: (value, labels = {}) => void (name === 'rpc.server.callers_refused' && counts.push({ value, labels })),
    }),
  };
  const answer = () => ({ value: 'done' });
  const bindings = [
    bindService(KindsService, { unary: answer, gatewayOnly: answer, ordersOnly: answer, anyService: answer }),
  ];
  const identity = createInternalIdentity({ key, service: 'kinds' });
  await using resources = new AsyncDisposableStack();
  const server =
    way === 'socket'
      ? resources.use(await startRpcServer({ bindings, identity, logger, meter, serving: () => true }))
      : undefined;
  const owned = resources.move();
  return {
    lines,
    counts,
    clientOf(service, signingKey = key) {
      const caller = createInternalIdentity({ key: signingKey, service });
      if (server === undefined) {
        return kindsClient(createInProcessTransport({ bindings: () => bindings, identity: caller, logger, meter }));
      }
      const transport = createDirectTransport({ ...silent, identity: caller, address: server.address });
      return kindsClient(owned.use(transport));
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const methods = ['unary', 'anyService', 'gatewayOnly', 'ordersOnly'] as const;

test.for(ways)(
  '%s: of three services each may call what names it, what names all, and what names none',
  async (way) => {
    await using served = await serve(way);
    const outcomes: Record<string, Record<string, string>> = {};
    for (const service of ['gateway', 'orders', 'stranger']) {
      const client = served.clientOf(service);
      outcomes[service] = {};
      for (const method of methods) {
        outcomes[service][method] = await client[method]({}).then(
          ({ value }) => value,
          ({ reason }) => reason,
        );
      }
    }

    const open = { unary: 'done', anyService: 'done' };
    expect(outcomes).toEqual({
      gateway: { ...open, gatewayOnly: 'done', ordersOnly: 'CALLER_NOT_ALLOWED' },
      orders: { ...open, gatewayOnly: 'CALLER_NOT_ALLOWED', ordersOnly: 'done' },
      stranger: { ...open, gatewayOnly: 'CALLER_NOT_ALLOWED', ordersOnly: 'CALLER_NOT_ALLOWED' },
    });
  },
);

test.for(ways)('%s: rights of a user are no way around the policy for services', async (way) => {
  await using served = await serve(way);
  const admin: Identity = { kind: 'user', userId: 'u1', roles: ['admin'] };

  const call = runInContext({ trace: newTrace(), identity: admin }, () => served.clientOf('stranger').ordersOnly({}));

  await expect(call).rejects.toMatchObject({
    code: 'permission_denied',
    reason: 'CALLER_NOT_ALLOWED',
    executed: 'no',
    retry: 'never',
    rawMessage: 'the contract lets orders and payments call test.v1.KindsService/OrdersOnly, not stranger',
  });
});

test.for(ways)('%s: a refusal is 1 log line and 1 count that say who wanted what', async (way) => {
  await using served = await serve(way);

  await expect(served.clientOf('stranger').gatewayOnly({})).rejects.toThrow('the contract lets gateway call');

  const rpc = 'test.v1.KindsService/GatewayOnly';
  expect(served.lines.filter(({ level }) => level === 'warn')).toEqual([
    {
      level: 'warn',
      message: 'caller refused',
      fields: {
        rpc,
        caller: 'stranger',
        from: way === 'socket' ? 'socket' : 'this process',
        reason: 'CALLER_NOT_ALLOWED',
        why: `the contract lets gateway call ${rpc}, not stranger`,
      },
    },
  ]);
  expect(served.counts).toEqual([
    {
      value: 1,
      labels: {
        service: 'test.v1.KindsService',
        method: 'GatewayOnly',
        caller: 'stranger',
        reason: 'CALLER_NOT_ALLOWED',
      },
    },
  ]);
});

test.for(ways)('%s: each admitted pair of service and method is logged once, at debug level', async (way) => {
  await using served = await serve(way);
  const [gateway, orders] = [served.clientOf('gateway'), served.clientOf('orders')];

  for (let round = 0; round < 3; round++) {
    await gateway.gatewayOnly({});
    await gateway.anyService({});
    await orders.anyService({});
  }

  const admitted = served.lines.filter(({ message }) => message === 'caller admitted for the first time');
  expect(admitted.map(({ level, fields }) => [level, fields.rpc, fields.caller])).toEqual([
    ['debug', 'test.v1.KindsService/GatewayOnly', 'gateway'],
    ['debug', 'test.v1.KindsService/AnyService', 'gateway'],
    ['debug', 'test.v1.KindsService/AnyService', 'orders'],
  ]);
});

test('a forged identity is refused and counted as that of nobody, though it names a service that may call', async () => {
  await using served = await serve('socket');
  const forger = served.clientOf('gateway', new Uint8Array(32).fill(9));

  await expect(forger.gatewayOnly({})).rejects.toMatchObject({ reason: 'IDENTITY_INVALID' });

  expect(served.counts).toMatchObject([{ labels: { caller: 'nobody', reason: 'IDENTITY_INVALID' } }]);
});
