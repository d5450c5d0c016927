import { EventEmitter, once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { createClient } from '@connectrpc/connect';
import { createBalancer, type Endpoint, staticEndpoint } from '@mainstay/discovery';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { newTrace, runInContext, withContext } from '@mainstay/kernel/context';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createRpcTransport, type RpcTransport } from '../src/index.ts';
import { type Connected, collect, connect, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

interface Fleet extends AsyncDisposable {
  endpoints: Endpoint[];
  readonly failed: string[];
  readonly transport: RpcTransport;
  readonly servers: readonly Connected[];
}

async function startFleet(implementations: Parameters<typeof connect>[1][]): Promise<Fleet> {
  const servers = await Promise.all(implementations.map((implementation) => connect('socket', implementation)));
  let endpoints = servers.map(({ server }) => staticEndpoint(server?.address as string));
  const failed: string[] = [];
  const transport = createRpcTransport({
    ...silent,
    service: 'kinds',
    resolve: () => endpoints,
    balancer: createBalancer('round_robin'),
    onFailure: ({ address }, { reason }) => void failed.push(`${address} ${reason}`),
    random: () => 0,
  });
  return {
    get endpoints() {
      return endpoints;
    },
    set endpoints(next) {
      endpoints = next;
    },
    failed,
    transport,
    servers,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}

const named = (name: string) => ({ unary: () => ({ value: name }), unsafe: () => ({ value: name }) });
const nobody = { trace: newTrace(), identity: { kind: 'anonymous', roles: [] } } as const;

test('30 calls over 3 instances are 10 each, over one connection each', async () => {
  await using _leaks = leakCheck();
  await using fleet = await startFleet(['a', 'b', 'c'].map(named));
  const client = createClient(KindsService, fleet.transport);

  const answers = await Promise.all(Array.from({ length: 30 }, () => client.unary({})));

  const counts = Object.groupBy(answers, ({ value }) => value);
  expect(Object.entries(counts).map(([name, all]) => [name, all?.length])).toEqual(
    expect.arrayContaining([
      ['a', 10],
      ['b', 10],
      ['c', 10],
    ]),
  );
});

test('without any instance a call fails at once with NO_INSTANCE and did not run', async () => {
  await using fleet = await startFleet([]);
  const startedAtMs = performance.now();

  await expect(createClient(KindsService, fleet.transport).unary({})).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'NO_INSTANCE',
    executed: 'no',
  });
  // Waiting for one would take 2 s and more.
  expect(performance.now() - startedAtMs).toBeLessThan(1_500);
});

test('an instance that is gone is told of and passed over, also by calls that may not run twice', async () => {
  await using fleet = await startFleet(['a', 'b'].map(named));
  const [gone] = fleet.endpoints;
  await fleet.servers[0]?.[Symbol.asyncDispose]();
  const client = createClient(KindsService, fleet.transport);

  const answers = await Promise.all(Array.from({ length: 4 }, () => client.unsafe({})));

  expect(answers.map(({ value }) => value)).toEqual(['b', 'b', 'b', 'b']);
  expect(fleet.failed).toEqual([`${gone?.address} PEER_UNREACHABLE`, `${gone?.address} PEER_UNREACHABLE`]);
});

test('each of at most 3 tries goes to another instance', async () => {
  const visits: string[] = [];
  const failing = (name: string) => ({
    unary() {
      visits.push(name);
      throw new PlatformError({ ...kernelReasons.DEADLINE_EXCEEDED, code: 'unavailable', name: 'BUSY' }, 'busy');
    },
  });
  await using fleet = await startFleet(['a', 'b', 'c', 'd'].map(failing));

  await expect(createClient(KindsService, fleet.transport).unary({})).rejects.toMatchObject({ reason: 'BUSY' });

  expect(visits).toHaveLength(3);
  expect(new Set(visits).size).toBe(3);
});

test('what may have run is repeated only for reads and keyed calls', async () => {
  const visits: string[] = [];
  const failing = (method: string) => () => {
    visits.push(method);
    throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner deadline');
  };
  const implementation = { unary: failing('safe'), unsafe: failing('none'), keyed: failing('keyed') };
  await using fleet = await startFleet([implementation, implementation]);
  const client = createClient(KindsService, fleet.transport);

  await expect(client.unary({})).rejects.toThrow('inner deadline');
  await expect(client.unsafe({})).rejects.toThrow('inner deadline');
  await withContext({ idempotencyKey: 'k' }, () => expect(client.keyed({})).rejects.toThrow('inner deadline'));

  expect(visits).toEqual(['safe', 'safe', 'safe', 'none', 'keyed', 'keyed', 'keyed']);
});

test('a pause asked for is not begun when the deadline of 3 s would end it', async () => {
  let visits = 0;
  const implementation = {
    unary() {
      visits++;
      throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'wait', { retryAfterMs: 5_000 });
    },
  };
  await using fleet = await startFleet([implementation, implementation]);
  const startedAtMs = performance.now();

  const call = createClient(KindsService, fleet.transport).unary({}, { timeoutMs: 3_000 });

  await expect(call).rejects.toMatchObject({ rawMessage: 'wait' });
  expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  expect(visits).toBe(1);
});

test('a stream of requests that was not read yet is tried elsewhere, one that was read is not', async () => {
  let visits = 0;
  const implementation = {
    async clientStream(requests: AsyncIterable<{ value: string }>) {
      visits++;
      for await (const { value } of requests) {
        if (value === 'fail') throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner', { executed: 'no' });
      }
      return { value: 'done' };
    },
  };
  await using fleet = await startFleet([{}, implementation, implementation]);
  await fleet.servers[0]?.[Symbol.asyncDispose]();
  const client = createClient(KindsService, fleet.transport);
  async function* texts(...values: string[]): AsyncIterable<{ value: string }> {
    for (const value of values) yield { value };
  }

  expect(await client.clientStream(texts('a', 'b'))).toMatchObject({ value: 'done' });
  visits = 0;
  await expect(client.clientStream(texts('a', 'fail'))).rejects.toMatchObject({ rawMessage: 'inner' });
  expect(visits).toBe(1);
});

test('a stream that fails before its first message is tried elsewhere, one that fails later is not', async () => {
  let visits = 0;
  const failing = (after: number) => ({
    async *serverStream() {
      visits++;
      for (let i = 0; i < after; i++) yield {};
      throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner');
    },
  });
  const fine = {
    async *serverStream() {
      visits++;
      yield { value: 'fine' };
    },
  };
  await using early = await startFleet([failing(0), fine]);
  await using late = await startFleet([failing(1), fine]);

  expect(await collect(createClient(KindsService, early.transport).serverStream({}))).toMatchObject([
    { value: 'fine' },
  ]);
  expect(visits).toBe(2);
  await expect(collect(createClient(KindsService, late.transport).serverStream({}))).rejects.toThrow('inner');
  expect(visits).toBe(3);
});

interface Relay extends AsyncDisposable {
  readonly address: string;
  /** Resolves when the last connection was closed by the caller. */
  closed(): Promise<void>;
}

/** Passes bytes on, and sees when connections come and go. */
async function startRelay(target: string): Promise<Relay> {
  const [host, port] = target.split(':') as [string, string];
  let connections = 0;
  const events = new EventEmitter();
  const relay = createServer((socket) => {
    connections++;
    const onward = connectTcp(Number(port), host);
    for (const end of [socket, onward]) end.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => {
      onward.destroy();
      connections--;
      if (connections === 0) events.emit('closed');
    });
  });
  relay.listen(0, '127.0.0.1');
  await once(relay, 'listening');
  return {
    address: `127.0.0.1:${(relay.address() as { port: number }).port}`,
    closed: async () => {
      if (connections > 0) await once(events, 'closed');
    },
    async [Symbol.asyncDispose]() {
      relay.close();
      await once(relay, 'close');
    },
  };
}

test('connections are closed with their endpoint and with their transport, after the running call', async () => {
  await using _leaks = leakCheck();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow = {
    async unary() {
      started.resolve();
      await release.promise;
      return { value: 'slow' };
    },
  };
  await using fleet = await startFleet([slow, named('b')]);
  await using toSlow = await startRelay(fleet.endpoints[0]?.address as string);
  await using toFast = await startRelay(fleet.endpoints[1]?.address as string);
  fleet.endpoints = [toSlow, toFast].map(({ address }) => staticEndpoint(address));
  const client = createClient(KindsService, fleet.transport);
  const running = client.unary({});
  await started.promise;

  fleet.endpoints = fleet.endpoints.slice(1);
  expect((await client.unary({})).value).toBe('b');
  release.resolve();

  expect((await running).value).toBe('slow');
  await toSlow.closed();
  await fleet.transport[Symbol.asyncDispose]();
  await toFast.closed();
});

test('a canceled call is not repeated', async () => {
  let visits = 0;
  const controller = new AbortController();
  const implementation = {
    unary() {
      visits++;
      controller.abort();
      throw new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'inner');
    },
  };
  await using fleet = await startFleet([implementation, implementation]);

  const call = runInContext(nobody, () =>
    createClient(KindsService, fleet.transport).unary({}, { signal: controller.signal }),
  );

  await expect(call).rejects.toMatchObject({ reason: 'CANCELED' });
  expect(visits).toBe(1);
});
