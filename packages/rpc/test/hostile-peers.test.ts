import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { createClient } from '@connectrpc/connect';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { bindService, createDirectTransport, startRpcServer } from '../src/index.ts';
import { collect, connect, keepingLogger, type Line, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

interface RawAnswer {
  readonly header: IncomingHttpHeaders;
  readonly trailer: IncomingHttpHeaders;
}

async function send(
  session: ClientHttp2Session,
  header: Record<string, string>,
  body: Uint8Array = new Uint8Array(),
): Promise<RawAnswer> {
  const standard = { ':method': 'POST', ':path': '/test.v1.KindsService/Unary', te: 'trailers' };
  const stream = session.request(
    { ...standard, 'content-type': 'application/grpc+proto', ...header },
    { endStream: false },
  );
  const answer = { header: {} as IncomingHttpHeaders, trailer: {} as IncomingHttpHeaders };
  stream.on('response', (received) => void (answer.header = received));
  stream.on('trailers', (received) => void (answer.trailer = received));
  stream.on('error', () => undefined);
  stream.resume();
  stream.end(body);
  await once(stream, 'close');
  return answer;
}

function enveloped(message: Uint8Array, flags = 0): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(message.byteLength, 1);
  return Buffer.concat([head, message]);
}

test('bytes that are no gRPC are refused with a status, and the server goes on serving', async () => {
  await using _leaks = leakCheck();
  const lines: Line[] = [];
  let runs = 0;
  await using connected = await connect(
    'socket',
    {
      unary() {
        runs++;
        return { value: 'fine' };
      },
    },
    { logger: keepingLogger(lines) },
  );
  const address = connected.server?.address as string;
  const session = connectHttp2(`http://${address}`);
  const status = async (header: Record<string, string>, body?: Uint8Array): Promise<unknown> => {
    const answer = await send(session, header, body);
    return answer.trailer['grpc-status'] ?? answer.header['grpc-status'] ?? answer.header[':status'];
  };
  const fine = enveloped(new Uint8Array());

  try {
    expect(await status({}, fine)).toBe('0');
    expect(await status({}, enveloped(Buffer.from([0x0a, 0xff])))).toBe('3');
    expect(await status({}, Buffer.from([0, 0, 0]))).toBe('3');
    expect(await status({}, new Uint8Array())).toBe('12');
    expect(await status({}, Buffer.concat([fine, fine]))).toBe('12');
    expect(await status({}, enveloped(Buffer.from([1, 2, 3]), 1))).toBe('3');
    expect(await status({ 'grpc-timeout': 'soon' }, fine)).toBe('3');
    expect(await status({ 'grpc-encoding': 'zstd' }, fine)).toBe('12');
    expect(await status({ 'grpc-timeout': '0m' }, fine)).toBe('4');
    expect(await status({ ':path': '/test.v1.KindsService/Nothing' }, fine)).toBe('12');
    expect(await status({ ':path': '/%00/../etc/passwd?x=1' }, fine)).toBe('12');
    expect(await status({ ':path': '/' }, fine)).toBe('12');
    expect(await status({ 'content-type': 'application/json' }, Buffer.from('{}'))).toBe(415);
    expect(await status({ ':method': 'GET' })).toBe(405);
    expect(
      await status({ traceparent: '00-zz-zz-01', tracestate: 'x'.repeat(5_000), prefer: 'wait=99999999' }, fine),
    ).toBe('0');
    expect(runs).toBe(2);
  } finally {
    session.destroy();
  }
  expect((await connected.client.unary({})).value).toBe('fine');
  expect(lines.map(({ fields }) => fields.reason)).toContain('REQUEST_MALFORMED');
});

test('peers that are no HTTP/2, break off or send noise do not disturb the others', async () => {
  await using connected = await connect('socket', { unary: () => ({ value: 'fine' }) });
  const address = connected.server?.address as string;
  const [host, port] = address.split(':') as [string, string];
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

  for (const bytes of [
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x00'.repeat(100),
    preface,
    `${preface}${'\xff'.repeat(2_000)}`,
  ]) {
    const socket = connectTcp(Number(port), host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(Buffer.from(bytes, 'latin1'));
    await new Promise((resolve) => socket.write('', resolve));
    socket.resetAndDestroy();
  }

  expect((await connected.client.unary({})).value).toBe('fine');
});

test('a caller that names no deadline gets the 80 ms of the contract', async () => {
  await using connected = await connect('socket', { short: () => new Promise(() => undefined) });
  const session = connectHttp2(`http://${connected.server?.address}`);

  const answer = await send(session, { ':path': '/test.v1.KindsService/Short' }, enveloped(new Uint8Array()));
  session.destroy();

  // An answer without messages may be trailers only, or a head and trailers.
  expect(answer.trailer['grpc-status'] ?? answer.header['grpc-status']).toBe('4');
});

test('a caller that resets 300 calls at once leaves none running', async () => {
  await using connected = await connect('socket', {
    async unary(_, { signal }) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return {};
    },
  });
  const controller = new AbortController();

  const calls = Array.from({ length: 300 }, () =>
    connected.client.unary({}, { signal: controller.signal }).catch(({ reason }) => reason),
  );
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();

  expect(new Set(await Promise.all(calls))).toEqual(new Set(['CANCELED']));
  await connected.server?.drain(2_000);
  expect(connected.server?.inFlight()).toBe(0);
});

const limit = 1_000;

async function limited(sizes: {
  client: number;
  server: number;
}): Promise<AsyncDisposable & { client: ReturnType<typeof createClient<typeof KindsService>>; runs(): number }> {
  let runs = 0;
  const binding = bindService(KindsService, {
    unsafe({ value }) {
      runs++;
      return { value: value === 'big' ? 'x'.repeat(5_000) : 'small' };
    },
    async clientStream(requests) {
      return { value: String((await collect(requests)).length) };
    },
    async *serverStream() {
      yield { value: 'small' };
      yield { value: 'x'.repeat(5_000) };
    },
  });
  const server = await startRpcServer({
    ...silent,
    bindings: [binding],
    serving: () => true,
    maxMessageBytes: sizes.server,
  });
  const transport = createDirectTransport({ ...silent, address: server.address, maxMessageBytes: sizes.client });
  return {
    client: createClient(KindsService, transport),
    runs: () => runs,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const tooLarge = { code: 'resource_exhausted', reason: 'MESSAGE_TOO_LARGE', retry: 'never' };

test('a request over the limit of the server is refused without running, also inside a stream', async () => {
  await using connected = await limited({ client: 100_000, server: limit });
  const { client } = connected;

  const single = client.unsafe({ value: 'x'.repeat(5_000) });
  await expect(single).rejects.toMatchObject({ ...tooLarge, executed: 'no', httpStatus: 413 });
  async function* growing(): AsyncIterable<{ value: string }> {
    yield { value: 'x' };
    yield { value: 'x'.repeat(5_000) };
  }
  await expect(client.clientStream(growing())).rejects.toMatchObject(tooLarge);
  expect(connected.runs()).toBe(0);
  expect((await client.unsafe({})).value).toBe('small');
});

test('a request over the limit of the caller never leaves', async () => {
  await using connected = await limited({ client: limit, server: 100_000 });

  const call = connected.client.unsafe({ value: 'x'.repeat(5_000) });

  await expect(call).rejects.toMatchObject({ ...tooLarge, executed: 'no' });
  expect(connected.runs()).toBe(0);
});

test('an answer over the limit of either side fails a call that did run', async () => {
  for (const sizes of [
    { client: limit, server: 100_000 },
    { client: 100_000, server: limit },
  ]) {
    await using connected = await limited(sizes);
    await expect(connected.client.unsafe({ value: 'big' })).rejects.toMatchObject({ ...tooLarge, executed: 'yes' });
    await expect(collect(connected.client.serverStream({}))).rejects.toMatchObject(tooLarge);
    expect(connected.runs()).toBe(1);
  }
});
