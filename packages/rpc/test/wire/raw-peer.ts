import { deepEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Logger, Meter } from '@mainstay/kernel';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { connectionPreface, frameFlag, frameHeaderBytes, frameType } from '../../src/engine/wire/frames/frame.ts';
import { FrameReader } from '../../src/engine/wire/frames/frame-reader.ts';
import { HpackDecoder } from '../../src/engine/wire/hpack/decoder.ts';

/** A frame as it was received. */
export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function rawFrame(
  type: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = new Uint8Array(),
): Buffer {
  const head = Buffer.alloc(frameHeaderBytes);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value >>> 0, i * 4));
  return bytes;
}

export function settingsFrame(pairs: readonly (readonly [id: number, value: number])[] = []): Buffer {
  const payload = Buffer.alloc(pairs.length * 6);
  pairs.forEach(([id, value], i) => {
    payload.writeUInt16BE(id, i * 6);
    payload.writeUInt32BE(value, i * 6 + 2);
  });
  return rawFrame(frameType.settings, 0, 0, payload);
}

export type Fields = readonly (readonly [name: string, value: string])[];

/** A block of plain literals, which may break any rule. */
export function literalBlock(fields: Fields): Buffer {
  const parts: Buffer[] = [];
  const text = (value: string): void => {
    const bytes = Buffer.from(value, 'latin1');
    if (bytes.length < 127) parts.push(Buffer.from([bytes.length]));
    else {
      const rest = bytes.length - 127;
      parts.push(Buffer.from([127, (rest & 0x7f) | 0x80, ((rest >> 7) & 0x7f) | 0x80, rest >> 14]));
    }
    parts.push(bytes);
  };
  for (const [name, value] of fields) {
    parts.push(Buffer.from([0]));
    text(name);
    text(value);
  }
  return Buffer.concat(parts);
}

export const requestFields: Fields = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/test.v1.KindsService/Unary'],
  [':authority', 'localhost'],
  ['content-type', 'application/grpc+proto'],
  ['te', 'trailers'],
];

export function headersFrame(streamId: number, fields: Fields = requestFields, flags: number = 0): Buffer {
  return rawFrame(frameType.headers, frameFlag.endHeaders | flags, streamId, literalBlock(fields));
}

/** A gRPC message with a string in field 1, as `StringValue` has it. */
export function textMessage(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length: number[] = [];
  for (let rest = bytes.length; ; rest >>>= 7) {
    if (rest < 128) {
      length.push(rest);
      break;
    }
    length.push((rest & 127) | 128);
  }
  const message = bytes.length === 0 ? bytes : Buffer.concat([Buffer.from([10, ...length]), bytes]);
  return Buffer.concat([Buffer.from([0]), uint32(message.length), message]);
}

export function dataFrame(streamId: number, payload: Uint8Array, flags = 0): Buffer {
  return rawFrame(frameType.data, flags, streamId, payload);
}

/** A whole unary request. */
export function requestFrames(streamId: number, text: string): Buffer {
  return Buffer.concat([headersFrame(streamId), dataFrame(streamId, textMessage(text), frameFlag.endStream)]);
}

/** The fields of a request but one. */
export function requestWithout(name: string): Fields {
  return requestFields.filter(([known]) => known !== name);
}

/** Makes a call that must be answered, so connection and header tables are in order. */
export async function callAndCompare(peer: RawPeer, streamId: number): Promise<void> {
  peer.send(requestFrames(streamId, 'fine'));
  const answer = await peer.next(frameType.data, streamId);
  deepEqual(answer?.payload, textMessage('fine'));
}

/** The head of an answer that is not its end. */
export function answerHead(streamId: number): Buffer {
  return headersFrame(streamId, [
    [':status', '200'],
    ['content-type', 'application/grpc'],
  ]);
}

/** A whole answer of one message. */
export function answerFrames(streamId: number, text: string): Buffer {
  const trailers = headersFrame(streamId, [['grpc-status', '0']], frameFlag.endStream);
  return Buffer.concat([answerHead(streamId), dataFrame(streamId, textMessage(text)), trailers]);
}

/** One end of a TCP connection that speaks HTTP/2 only as far as the test makes it. */
export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly received: Received[] = [];
  readonly decoder: HpackDecoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 1_000_000 });
  /** Resolves when the other end closed. */
  readonly closed: Promise<void>;
  #wake: () => void = () => undefined;
  #isClosed = false;

  constructor(socket: Socket, options: { skipPreface: boolean } = { skipPreface: false }) {
    this.socket = socket;
    let skip = options.skipPreface ? connectionPreface.length : 0;
    const reader = new FrameReader(
      {
        onFrame: ({ type, flags, streamId, buffer, from, to }) => {
          this.received.push({ type, flags, streamId, payload: Buffer.from(buffer.subarray(from, to)) });
          return true;
        },
        onFrameTooLarge: () => undefined,
      },
      16_384,
    );
    socket.on('data', (chunk: Buffer) => {
      const from = Math.min(skip, chunk.length);
      skip -= from;
      if (from < chunk.length) reader.read(chunk, from);
      this.#wake();
    });
    socket.on('error', () => undefined);
    const close = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    this.closed = close.then(() => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  send(...frames: Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(frames));
  }

  /** Waits for a frame; undefined when the connection closes before it comes. */
  async next(type: number, streamId?: number, flags = 0): Promise<Received | undefined> {
    for (;;) {
      const place = this.received.findIndex(
        (frame) =>
          frame.type === type &&
          (streamId === undefined || frame.streamId === streamId) &&
          (frame.flags & flags) === flags,
      );
      if (place >= 0) return this.received.splice(place, 1)[0];
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The error code of the next RST_STREAM on a stream. */
  async resetCode(streamId: number): Promise<number | undefined> {
    return (await this.next(frameType.rstStream, streamId))?.payload.readUInt32BE(0);
  }

  /** The error code of the next GOAWAY. */
  async goawayCode(): Promise<number | undefined> {
    return (await this.next(frameType.goaway))?.payload.readUInt32BE(4);
  }

  /** Waits until everything sent so far was worked off, and tells whether the connection stands. */
  async isAlive(): Promise<boolean> {
    const payload = Buffer.from('is alive');
    this.send(rawFrame(frameType.ping, 0, 0, payload));
    return (await this.next(frameType.ping, 0, frameFlag.ack)) !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

/** Connects to a server and, unless told otherwise, sends preface and settings. */
export async function connectRaw(
  address: string,
  options: { bare?: boolean; settings?: readonly (readonly [number, number])[] } = {},
): Promise<RawPeer> {
  const [host, port] = address.split(':') as [string, string];
  const socket = connect({ host, port: Number(port), noDelay: true });
  const peer = new RawPeer(socket);
  await once(socket, 'connect');
  if (options.bare !== true) {
    peer.send(connectionPreface, settingsFrame(options.settings), rawFrame(frameType.settings, frameFlag.ack, 0));
  }
  return peer;
}

/** Counts faults by rule, and keeps the lines of the log. */
export function watchFaults(): { rules: string[]; lines: string[]; logger: Logger; meter: Meter } {
  const rules: string[] = [];
  const lines: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (message, fields) => void lines.push(`${message}: ${String(fields?.['rule'])} ${String(fields?.['code'])}`),
  };
  const meter: Meter = {
    ...silentMeter,
    counter: ({ name }) => ({
      add: (_value, labels) => void (name === 'mainstay.rpc.peer_faults' && rules.push(labels?.rule ?? '')),
    }),
  };
  return { rules, lines, logger, meter };
}
