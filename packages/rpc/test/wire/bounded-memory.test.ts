import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import type { Rule } from '../../src/engine/faults/fault.ts';
import { connectionPreface, frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import type { Http2Connection } from '../../src/engine/wire/http2/connection.ts';
import { type ConnectionLimits, defaultLimits } from '../../src/engine/wire/http2/limits.ts';
import { MemorySocket } from '../fuzz/memory-socket.ts';
import { openServer } from '../fuzz/targets.ts';
import {
  dataFrame,
  headersFrame,
  literalBlock,
  rawFrame,
  requestFields,
  requestFrames,
  settingsFrame,
  uint32,
} from './raw-peer.ts';

// What one connection may hold, at its worst: looked at from inside, with a peer that goes as far as it can.

const { headers, ping } = frameType;

interface Held {
  readonly connection: Http2Connection;
  readonly socket: MemorySocket;
  readonly rules: readonly Rule[];
  readonly send: (...frames: Uint8Array[]) => void;
}

function held(limits: Partial<ConnectionLimits> = {}, settings: Parameters<typeof settingsFrame>[0] = []): Held {
  const rules: Rule[] = [];
  const socket = new MemorySocket(() => undefined);
  const { connection } = openServer(socket, {
    clock: new FakeClock(),
    faults: rules,
    limits: { ...defaultLimits, ...limits },
    maxMessageBytes: 4_194_304,
  });
  const send = (...frames: Uint8Array[]): void => socket.receive(Buffer.concat(frames));
  send(connectionPreface, settingsFrame(settings), rawFrame(frameType.settings, frameFlag.ack, 0));
  return { connection, socket, rules, send };
}

const unknown = headersFrame(
  1,
  requestFields.map(([name, value]) => [name, name === ':path' ? '/nothing' : value]),
);

test('a peer that asks for 200000 refusals and reads none is cut off with 4 MiB waiting', () => {
  const { connection, socket, rules, send } = held();
  socket.isFull = true;
  let most = 0;

  for (let id = 1; id < 400_000 && !connection.isOver; id += 2) {
    unknown.writeUInt32BE(id, 5);
    send(Buffer.from(unknown));
    most = Math.max(most, connection.output.waitingBytes);
  }

  expect(rules).toEqual(['unread_answers']);
  expect(most).toBeGreaterThan(4 * 1_048_576);
  expect(most).toBeLessThan(4 * 1_048_576 + 2_000);
  expect(connection.openCount).toBe(0);
});

test('a peer that reads nothing and still pings is cut off with 64 KiB waiting', () => {
  const { connection, socket, rules, send } = held();
  socket.isFull = true;

  for (let id = 1; connection.output.waitingBytes < 65_000; id += 2) {
    unknown.writeUInt32BE(id, 5);
    send(Buffer.from(unknown));
  }
  for (let i = 0; i < 100; i++) send(rawFrame(ping, 0, 0, Buffer.alloc(8)));

  expect(rules).toEqual(['unread_answers']);
  expect(connection.output.waitingBytes).toBeLessThan(70_000);
});

test('1000 streams that are never ended are all that a peer may open', () => {
  const { connection, rules, send } = held();

  for (let id = 1; id < 3_000; id += 2) send(headersFrame(id));

  expect(connection.openCount).toBe(1_000);
  expect(new Set(rules)).toEqual(new Set(['too_many_streams']));
});

test('messages that are begun and never ended hold no more than the 16 MiB window of the connection, and a stream 256 KiB', () => {
  const { connection, rules, send } = held();
  const begun = Buffer.concat([Buffer.from([0]), uint32(4_000_000), Buffer.alloc(16_379)]);

  for (let id = 1; id < 2_000 && !connection.isOver; id += 2) {
    send(headersFrame(id), dataFrame(id, begun));
    for (let i = 1; i < 16; i++) send(dataFrame(id, Buffer.alloc(16_384)));
  }

  let heldBytes = 0;
  for (const stream of connection.streams.values()) {
    expect(stream.heldBytes).toBeLessThanOrEqual(262_144);
    heldBytes += stream.heldBytes;
  }
  expect(heldBytes).toBeLessThanOrEqual(16 * 1_048_576);
  expect(rules.filter((rule) => rule !== 'window')).toEqual([]);
});

test('answers for a peer with closed windows wait up to the limit of 1 MB, and the stream beyond it ends', async () => {
  const { connection, rules, send } = held({ maxQueuedBytes: 1_000_000 }, [[setting.initialWindowSize, 0]]);
  let most = 0;

  for (let id = 1; id < 160; id += 2) {
    send(requestFrames(id, 'x'.repeat(16_000)));
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, connection.sendQueue.queuedBytes);
  }

  expect(most).toBeGreaterThan(900_000);
  expect(most).toBeLessThanOrEqual(1_000_000);
  expect(new Set(rules)).toEqual(new Set(['queued_bytes']));
});

test('a header block that never ends holds 32 KiB, a table 4 KiB, whatever goes through them', () => {
  const { connection, rules, send } = held();
  const field = Buffer.concat([Buffer.from([0x40]), literalBlock([['x-name', 'x'.repeat(3_000)]]).subarray(1)]);
  for (let id = 1; id < 200; id += 2) send(rawFrame(headers, frameFlag.endHeaders, id, field));
  expect(connection.receiver.decoder.tableBytes).toBeLessThanOrEqual(4_096);

  send(rawFrame(headers, 0, 201, Buffer.alloc(16_384)));
  for (let i = 0; i < 3; i++) send(rawFrame(frameType.continuation, 0, 201, Buffer.alloc(16_384)));

  expect(rules.at(-1)).toBe('header_block_size');
  expect(connection.isOver).toBe(true);
});
