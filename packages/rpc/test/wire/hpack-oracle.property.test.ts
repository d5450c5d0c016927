import { once } from 'node:events';
import { connect as connectHttp2, createServer as createHttp2Server, type IncomingHttpHeaders } from 'node:http2';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { connectionPreface, frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import { HpackDecoder } from '../../src/engine/wire/hpack/decoder.ts';
import { HpackEncoder } from '../../src/engine/wire/hpack/encoder.ts';
import { headersFrame, RawPeer, rawFrame, settingsFrame } from './raw-peer.ts';

// HPACK of node:http2 (nghttp2) as the oracle, in both directions, over real connections: many blocks on each, so that
// the tables of both ends must stay in step, and bytes cut at random places.

type Pair = readonly [name: string, value: string];

const known = [
  'content-type',
  'user-agent',
  'grpc-timeout',
  'traceparent',
  'authorization',
  'cookie',
  'x-request-id',
  'accept',
];
const name = fc.oneof(fc.constantFrom(...known), fc.stringMatching(/^x-[a-z0-9-]{1,20}$/));
const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const value = fc.oneof(
  fc.constantFrom(
    'application/grpc',
    '/',
    'a b',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'x'.repeat(3_000),
  ),
  fc.string({ unit: visible, minLength: 1, maxLength: 60 }),
);
const list = fc.uniqueArray(fc.tuple(name, value), { maxLength: 12, selector: ([key]) => key });
const lists = fc.array(list, { minLength: 1, maxLength: 25 });
const chunkSizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 });
const ways = fc.constantFrom('fixed', 'changing', 'secret');

test('what node:http2 encodes in 40 connections of up to 25 lists we decode, with tables of 0 to 64 KiB', async () => {
  await fc.assert(
    fc.asyncProperty(lists, fc.constantFrom(0, 100, 4_096, 65_536), async (all, tableBytes) => {
      const received: Pair[][] = [];
      const decoder = new HpackDecoder({ maxTableBytes: tableBytes, maxListBytes: 1_000_000 });
      const server = createServer((socket) => void answerAll(socket));
      const answerAll = async (socket: Socket): Promise<void> => {
        const peer = new RawPeer(socket, { skipPreface: true });
        peer.send(
          settingsFrame([[setting.headerTableSize, tableBytes]]),
          rawFrame(frameType.settings, frameFlag.ack, 0),
        );
        for (
          let frame = await peer.next(frameType.headers);
          frame !== undefined;
          frame = await peer.next(frameType.headers)
        ) {
          const from = frame.flags & frameFlag.priority ? 5 : 0;
          const block = decoder.decode(frame.payload, from, frame.payload.length);
          received.push((block?.fields ?? []).map((field) => [field.name, field.value]));
          peer.send(headersFrame(frame.streamId, [[':status', '200']], frameFlag.endStream));
        }
      };
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const session = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      // The size of the table holds from the acknowledgement of our settings on.
      await once(session, 'remoteSettings');

      for (const fields of all) {
        const stream = session.request({ ':path': '/a', ...Object.fromEntries(fields) });
        stream.resume();
        await once(stream, 'close');
      }
      session.destroy();
      await new Promise((resolve) => server.close(resolve));

      expect(received.map((fields) => fields.filter(([key]) => !key.startsWith(':')))).toEqual(all);
    }),
    { numRuns: 40 },
  );
});

test('what we encode in 40 connections of up to 25 lists node:http2 decodes, with tables of 0 to 64 KiB, cut anywhere', async () => {
  await fc.assert(
    fc.asyncProperty(
      lists,
      fc.tuple(chunkSizes, ways, fc.constantFrom(0, 100, 4_096, 65_536)),
      async (all, [sizes, way, tableBytes]) => {
        const received: string[][] = [];
        const server = createHttp2Server({ settings: { headerTableSize: tableBytes } });
        server.on('stream', (stream, _headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
          received.push(raw);
          stream.respond({ ':status': 200 }, { endStream: true });
        });
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, noDelay: true });
        const peer = new RawPeer(socket);
        peer.send(connectionPreface, settingsFrame());
        await peer.next(frameType.settings, 0);
        peer.send(rawFrame(frameType.settings, frameFlag.ack, 0));
        const encoder = new HpackEncoder();
        encoder.setPeerTableBytes(tableBytes);
        const into = Buffer.alloc(100_000);
        const bytes = Buffer.concat(
          all.map((fields, i) => {
            let end = encoder.begin(into, 0);
            for (const field of [
              [':method', 'POST'],
              [':scheme', 'http'],
              [':path', '/a'],
              [':authority', 'a'],
            ] as const) {
              end = encoder.fixed(into, end, field);
            }
            for (const field of fields) end = encoder[way](into, end, field);
            const block = Buffer.from(into.subarray(0, end));
            const cut = Math.min(sizes[i % sizes.length]!, block.length);
            const { headers, continuation } = frameType;
            return Buffer.concat([
              rawFrame(headers, frameFlag.endStream, 1 + 2 * i, block.subarray(0, cut)),
              rawFrame(continuation, frameFlag.endHeaders, 1 + 2 * i, block.subarray(cut)),
            ]);
          }),
        );
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = sizes[i % sizes.length]! * (i > 200 ? 500 : 1);
          peer.send(bytes.subarray(at, at + size));
          at += size;
          if (i % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
        }
        for (let i = 0; i < all.length; i++) await peer.next(frameType.headers, 1 + 2 * i);
        socket.destroy();
        await new Promise((resolve) => server.close(resolve));

        const pairs = received.map((raw) => raw.flatMap((key, i) => (i % 2 === 0 ? [[key, raw[i + 1]!]] : [])));
        expect(pairs.map((fields) => fields.filter(([key]) => !key!.startsWith(':')))).toEqual(all);
      },
    ),
    { numRuns: 40 },
  );
});
