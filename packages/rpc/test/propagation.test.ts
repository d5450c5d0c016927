import { AsyncLocalStorage } from 'node:async_hooks';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { kernelReasons, type Logger, PlatformError, remainingMs } from '@mainstay/kernel';
import { type CallContext, currentContext, newTrace, runInContext, withContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { collect, connect, keepingLogger, keepingMeter, type Line, type Measurement, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const nobody = { kind: 'anonymous', roles: [] } as const;

test.for(ways)(
  '%s: trace, trace state, time left and wait reach the handler, and from there the next one',
  async (way) => {
    const seen: CallContext[] = [];
    const note = (): object => {
      seen.push(currentContext() as CallContext);
      return {};
    };
    await using inner = await connect(way, { unary: note });
    await using outer = await connect(way, {
      unary() {
        note();
        return inner.client.unary({});
      },
    });
    const trace = { ...newTrace(), traceState: 'vendor=1' };

    await runInContext({ trace, identity: nobody, preferWaitSeconds: 3 }, () =>
      outer.client.unary({}, { timeoutMs: 1_000 }),
    );

    const [first, second] = seen as [CallContext, CallContext];
    for (const context of seen) {
      expect(context.trace).toMatchObject({ traceId: trace.traceId, sampled: true, traceState: 'vendor=1' });
      expect(context.preferWaitSeconds).toBe(3);
    }
    expect(new Set([trace.spanId, first.trace.spanId, second.trace.spanId]).size).toBe(3);
    expect(remainingMs(second.deadline)).toBeLessThanOrEqual(1_000);
  },
);

test.for(ways)(
  '%s: the tenant of a verified identity reaches the second hop; one that a context or a header only claims reaches none',
  async (way) => {
    const seen: (string | undefined)[] = [];
    const note = (): object => {
      seen.push(currentContext()?.tenant);
      return {};
    };
    await using inner = await connect(way, { unary: note });
    await using outer = await connect(way, {
      unary() {
        note();
        return inner.client.unary({});
      },
    });
    const call = (context: Pick<CallContext, 'identity' | 'tenant'>) =>
      runInContext({ trace: newTrace(), ...context }, () =>
        outer.client.unary({}, { headers: { 'mainstay-tenant': 'claimed', tenant: 'claimed' } }),
      );

    await call({ identity: { ...nobody, tenant: 'acme' } });
    await call({ identity: { kind: 'user', userId: 'ann', roles: ['customer'], tenant: 'globex' } });
    await call({ identity: nobody, tenant: 'claimed' });

    expect(seen).toEqual(['acme', 'acme', 'globex', 'globex', undefined, undefined]);
  },
);

test.for(ways)('%s: an idempotency key reaches keyed methods only, and they refuse to run without', async (way) => {
  const keys: (string | undefined)[] = [];
  const note = (): object => {
    keys.push(currentContext()?.idempotencyKey);
    return {};
  };
  await using connected = await connect(way, { unary: note, keyed: note });
  const { client } = connected;

  await expect(client.keyed({})).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REQUIRED', executed: 'no' });
  await withContext({ idempotencyKey: 'from-context' }, async () => {
    await client.keyed({});
    await client.unary({});
    await client.keyed({}, { headers: { 'idempotency-key': 'of-the-call' } });
  });

  expect(keys).toEqual(['from-context', undefined, 'of-the-call']);
});

test.for(ways)('%s: every step of a stream runs in the context of its call', async (way) => {
  const seen: (string | undefined)[] = [];
  await using connected = await connect(way, {
    async *bidiStream(requests) {
      for await (const _ of requests) {
        seen.push(currentContext()?.trace.traceId);
        yield {};
        seen.push(currentContext()?.trace.traceId);
      }
    },
  });
  const trace = newTrace();
  async function* two(): AsyncIterable<object> {
    yield {};
    yield {};
  }

  await collect(runInContext({ trace, identity: nobody }, () => connected.client.bidiStream(two())));

  expect(seen).toEqual(Array(4).fill(trace.traceId));
});

test.for(ways)('%s: interceptors of the server run inside all checks, the first outermost', async (way) => {
  const order: string[] = [];
  const interceptor =
    (name: string): Interceptor =>
    (next) =>
    async (request) => {
      order.push(`${name} ${request.method.name} ${request.stream} ${currentContext()?.identity.kind}`);
      const response = await next(request);
      response.header.set(`x-${name}`, '1');
      order.push(`${name} done`);
      return response;
    };
  const answers = { unary: () => ({}), keyed: () => ({}), clientStream: async () => ({}) };
  const options = way === 'socket' ? 'interceptors' : 'serverInterceptors';
  await using connected = await connect(way, answers, { [options]: [interceptor('a'), interceptor('b')] });
  const { client } = connected;
  async function* nothing(): AsyncIterable<object> {
    // No request.
  }

  let header: Headers | undefined;
  await client.unary({}, { onHeader: (received) => void (header = received) });
  await expect(client.keyed({})).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REQUIRED' });
  await client.clientStream(nothing());

  expect(order).toEqual([
    'a Unary false service',
    'b Unary false service',
    'b done',
    'a done',
    'a ClientStream true service',
    'b ClientStream true service',
    'b done',
    'a done',
  ]);
  expect([header?.get('x-a'), header?.get('x-b')]).toEqual(['1', '1']);
});

test.for(ways)(
  '%s: calls are counted and timed by service, method and code; failures give one line without payload',
  async (way) => {
    const lines: Line[] = [];
    const measurements: Measurement[] = [];
    const options = { logger: keepingLogger(lines), meter: keepingMeter(measurements) };
    await using connected = await connect(
      way,
      {
        unary({ value }) {
          if (value === 'broken payload') throw new Error('broken');
          return {};
        },
        async *serverStream() {
          yield {};
        },
      },
      options,
    );
    const { client } = connected;

    await client.unary({ value: 'good payload' });
    await collect(client.serverStream({}));
    await expect(client.unary({ value: 'broken payload' })).rejects.toMatchObject({ code: 'internal' });
    await expect(client.keyed({ value: 'secret payload' })).rejects.toMatchObject({ code: 'unimplemented' });

    const served = measurements.filter(({ name }) => name === 'rpc.server.duration');
    expect(served.map(({ labels }) => `${labels.service} ${labels.method} ${labels.code}`)).toEqual([
      'test.v1.KindsService Unary ok',
      'test.v1.KindsService ServerStream ok',
      'test.v1.KindsService Unary internal',
      'test.v1.KindsService Keyed unimplemented',
    ]);
    expect(served.every(({ value }) => value > 0 && value < 5)).toBe(true);
    const failed = lines.filter(({ message }) => message === 'call failed');
    expect(failed.map(({ level, message, fields }) => [level, message, fields.rpc, fields.reason])).toEqual([
      ['error', 'call failed', 'test.v1.KindsService/Unary', 'INTERNAL'],
      ['warn', 'call failed', 'test.v1.KindsService/Keyed', 'METHOD_UNKNOWN'],
    ]);
    expect(JSON.stringify(lines)).not.toContain('payload');
  },
);

test.for(ways)('%s: ids of a request go along with calls of services, and not from outside', async (way) => {
  const seen: unknown[] = [];
  await using connected = await connect(way, {
    unary() {
      seen.push(currentContext()?.baggage);
      return {};
    },
  });
  const baggage = { 'request-id': 'req-456', note: 'ä, b' };

  await runInContext({ trace: newTrace(), identity: { kind: 'user', userId: 'u', roles: [] }, baggage }, () =>
    connected.client.unary({}),
  );
  expect(seen).toEqual([baggage]);
  if (connected.server === undefined) return;
  const outside = createGrpcTransport({ baseUrl: `http://${connected.server.address}`, idleConnectionTimeoutMs: 1 });
  await createClient(KindsService, outside).unary({}, { headers: { baggage: 'request-id=forged' } });
  expect(seen).toEqual([baggage, undefined]);
});

test.for(ways)('%s: the line of a failed call stands under the ids of its request', async (way) => {
  const seen: unknown[] = [];
  const note = (): void => void seen.push([currentContext()?.trace.traceId, currentContext()?.baggage]);
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger };
  const failing = (): never => {
    throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner');
  };
  await using connected = await connect(way, { unsafe: failing }, { logger });
  const trace = newTrace();
  const baggage = { 'request-id': 'req-456' };

  const call = runInContext({ trace, identity: nobody, baggage }, () => connected.client.unsafe({}));

  await expect(call).rejects.toThrow('inner');
  expect(seen).toContainEqual([trace.traceId, baggage]);
  expect(seen).not.toContainEqual([trace.traceId, undefined]);
});

test.for(ways)(
  '%s: a call is not sent when the transaction that is open around it objects, and hears its name',
  async (way) => {
    let calls = 0;
    await using connected = await connect(way, {
      unary() {
        calls += 1;
        return {};
      },
    });
    const heard: string[] = [];
    const objection = new PlatformError(kernelReasons.REQUEST_INVALID, 'not in a transaction');
    const transaction = {
      name: 'place-order',
      source: {},
      isOpen: true,
      outer: undefined,
      beforeRemoteCall(call: string): void {
        heard.push(call);
        throw objection;
      },
    };

    await expect(withContext({ transaction }, () => connected.client.unary({}))).rejects.toMatchObject({
      reason: 'REQUEST_INVALID',
      executed: 'no',
    });
    expect({ calls, heard }).toEqual({ calls: 0, heard: [`${KindsService.typeName}/Unary`] });
  },
);

test.for(ways)(
  '%s: a handler sees nothing of what its caller keeps in an AsyncLocalStorage, also not later',
  async (way) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const look = (): void => void seen.push(storage.getStore());

    await storage.run('of the caller', async () => {
      await using connected = await connect(way, {
        async unary() {
          look();
          await Promise.resolve();
          look();
          return {};
        },
      });
      await connected.client.unary({});
      look();
    });

    expect(seen).toEqual([undefined, undefined, 'of the caller']);
  },
);
