import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { createDirectTransport, startRpcServer } from '../src/index.ts';
import { aborted, connect, identity, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

interface Victim extends AsyncDisposable {
  readonly address: string;
  /** Resolves at the next call. */
  called(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<unknown>;
}

async function startVictim(): Promise<Victim> {
  const script = fileURLToPath(new URL('./kinds-process.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const address: string = (await lines.next()).value ?? '';
  return {
    address,
    called: async () => void (await lines.next()),
    kill: (signal) => void child.kill(signal),
    exited,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

test('a server killed during a call leaves it open whether the call ran', async () => {
  await using victim = await startVictim();
  await using transport = createDirectTransport({ ...silent, address: victim.address });
  const client = createClient(KindsService, transport);

  const call = client.unsafe({});
  await victim.called();
  victim.kill('SIGKILL');

  await expect(call).rejects.toMatchObject({
    code: 'unavailable',
    reason: 'CONNECTION_LOST',
    executed: 'maybe',
    retry: 'now',
  });
  await victim.exited;
  await expect(client.unsafe({})).rejects.toMatchObject({ reason: 'PEER_UNREACHABLE', executed: 'no' });
});

test('a server killed in the middle of a stream ends it with the same', async () => {
  await using victim = await startVictim();
  await using transport = createDirectTransport({ ...silent, address: victim.address });
  const seen: string[] = [];

  const reading = async (): Promise<void> => {
    for await (const { value } of createClient(KindsService, transport).serverStream({})) {
      seen.push(value);
      await victim.called();
      victim.kill('SIGKILL');
    }
  };

  await expect(reading()).rejects.toMatchObject({ reason: 'CONNECTION_LOST', executed: 'maybe' });
  expect(seen).toEqual(['one']);
});

test('a call that may be repeated is, and fails with the last error when nothing is left', async () => {
  await using victim = await startVictim();
  await using transport = createDirectTransport({ ...silent, address: victim.address });

  const call = createClient(KindsService, transport).unary({});
  await victim.called();
  victim.kill('SIGKILL');

  await expect(call).rejects.toMatchObject({ reason: expect.stringMatching(/PEER_UNREACHABLE|CONNECTION_LOST/) });
});

test('a refused connection, an unknown host and a port of 0 did not run the call', async () => {
  for (const address of ['127.0.0.1:1', 'no-such-host.invalid:80', '127.0.0.1:0']) {
    await using transport = createDirectTransport({ ...silent, address });
    const call = createClient(KindsService, transport).unsafe({}, { timeoutMs: 3_000 });
    await expect(call, address).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'PEER_UNREACHABLE',
      executed: 'no',
    });
  }
});

interface RawServer extends AsyncDisposable {
  readonly address: string;
}

async function rawServer(onSocket: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    address: `127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test.for([
  { peer: 'hangs up at once', onSocket: (socket: Socket) => void socket.destroy() },
  { peer: 'resets at once', onSocket: (socket: Socket) => void socket.resetAndDestroy() },
  {
    peer: 'resets at the first byte',
    onSocket: (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy()),
  },
  { peer: 'speaks HTTP/1', onSocket: (socket: Socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
  { peer: 'sends noise', onSocket: (socket: Socket) => void socket.write(Buffer.alloc(1_000, 0xff)) },
])(
  'a peer that $peer fails the call as unavailable or as a broken protocol, never in another way',
  async ({ onSocket }) => {
    await using peer = await rawServer(onSocket);
    await using transport = createDirectTransport({ ...silent, address: peer.address });

    const failure = await createClient(KindsService, transport)
      .unsafe({}, { timeoutMs: 2_000 })
      .then(
        () => undefined,
        (error) => error,
      );

    expect(['unavailable', 'internal']).toContain(failure?.code);
    expect(['PEER_UNREACHABLE', 'CONNECTION_LOST', 'STREAM_REFUSED', 'PROTOCOL_VIOLATED']).toContain(failure.reason);
  },
);

test('a peer that accepts and says nothing costs the deadline, and the call may have run', async () => {
  await using peer = await rawServer(() => undefined);
  await using transport = createDirectTransport({ ...silent, address: peer.address });

  const call = createClient(KindsService, transport).unsafe({}, { timeoutMs: 150 });

  await expect(call).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED', executed: 'maybe' });
});

test('a server that comes back on its port is used again by the same transport', async () => {
  const first = await connect('socket', { unary: () => ({ value: 'first' }) });
  const address = first.server?.address as string;
  await using transport = createDirectTransport({ ...silent, address });
  const client = createClient(KindsService, transport);
  expect((await client.unary({})).value).toBe('first');
  await first[Symbol.asyncDispose]();
  await expect(client.unsafe({})).rejects.toMatchObject({ code: 'unavailable' });

  const port = Number(address.split(':')[1]);
  const { bindService } = await import('../src/index.ts');
  const binding = bindService(KindsService, { unary: () => ({ value: 'second' }) });
  await using _second = await startRpcServer({ ...silent, bindings: [binding], port, serving: () => true });

  expect((await client.unary({})).value).toBe('second');
});

test('a port in use is one clear error', async () => {
  await using connected = await connect('socket', {});
  const port = Number(connected.server?.address.split(':')[1]);

  await expect(startRpcServer({ ...silent, bindings: [], port, serving: () => true })).rejects.toMatchObject({
    reason: 'LISTEN_FAILED',
    message: expect.stringContaining(`127.0.0.1:${port}`),
  });
});

test('a draining server finishes what runs, refuses what is new, ends endless streams, and closes', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using connected = await connect('socket', {
    async unary() {
      started.resolve();
      await release.promise;
      return { value: 'done' };
    },
    async *serverStream(_, { signal }) {
      yield { value: 'one' };
      await aborted(signal);
    },
  });
  const { client } = connected;
  const server = connected.server as NonNullable<typeof connected.server>;
  const running = client.unary({});
  const streaming = client.serverStream({})[Symbol.asyncIterator]();
  await streaming.next();
  await started.promise;
  expect(server.inFlight()).toBe(2);

  const drained = server.drain(5_000);

  await expect(streaming.next()).rejects.toMatchObject({ reason: 'SERVER_DRAINING', code: 'unavailable' });
  await expect(client.unsafe({})).rejects.toMatchObject({ code: 'unavailable', executed: 'no' });
  await using late = createDirectTransport({ ...silent, address: server.address });
  await expect(createClient(KindsService, late).unsafe({})).rejects.toMatchObject({ reason: 'PEER_UNREACHABLE' });
  release.resolve();
  expect((await running).value).toBe('done');
  await drained;
  expect(server.inFlight()).toBe(0);
});

test('a drain that takes longer than its limit of 50 ms cuts the call, which may have run', async () => {
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  await using connected = await connect('socket', {
    async unsafe(_, { signal }) {
      started.resolve();
      await aborted(signal);
      stopped.resolve();
      return {};
    },
  });
  const call = connected.client.unsafe({});
  const outcome = expect(call).rejects.toMatchObject({ reason: 'CONNECTION_LOST', executed: 'maybe' });
  await started.promise;

  await connected.server?.drain(50);

  await outcome;
  await stopped.promise;
});

test('identities of another fleet are refused', async () => {
  const { createInternalIdentity } = await import('../src/index.ts');
  await using connected = await connect('socket', { unary: () => ({}) });
  const stranger = createInternalIdentity({ key: new Uint8Array(32).fill(9), service: 'stranger' });
  const address = connected.server?.address as string;
  await using transport = createDirectTransport({ ...silent, identity: stranger, address });

  await expect(createClient(KindsService, transport).unary({})).rejects.toMatchObject({ reason: 'IDENTITY_INVALID' });
  expect(identity.service).toBe('tests');
});
