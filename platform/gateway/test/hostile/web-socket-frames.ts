import type { Random } from '@mainstay/testing';
import { oddJson } from './random-text.ts';

/** A WebSocket frame of a client, right or wrong: opcode, reserved bits, mask, length and content. */
export function randomFrame(random: Random): Buffer {
  if (random.oneIn(10)) return random.bytes(1 + random.below(40));
  const opcode = random.oneIn(3) ? random.below(16) : 1;
  const reserved = random.oneIn(8) ? (1 + random.below(7)) << 4 : 0;
  const isFinal = random.oneIn(6) ? 0 : 0x80;
  const payload = payloadOf(random, opcode);
  const isMasked = !random.oneIn(8);
  const mask = isMasked ? random.bytes(4) : Buffer.alloc(0);
  const body = isMasked ? Buffer.from(payload.map((byte, i) => byte ^ (mask[i % 4] ?? 0))) : payload;
  const head = Buffer.from([isFinal | reserved | opcode]);
  return Buffer.concat([
    head,
    lengthOf(random, { length: payload.byteLength, maskBit: isMasked ? 0x80 : 0 }),
    mask,
    body,
  ]);
}

function payloadOf(random: Random, opcode: number): Buffer {
  // A close: a code that may not be sent, and a reason that is no UTF-8.
  if (opcode === 8)
    return random.pick([Buffer.alloc(0), Buffer.of(3), Buffer.of(3, 0xed), Buffer.of(3, 0xe8, 0xff, 0xfe)]);
  return random.pick([
    () => Buffer.alloc(0),
    () => Buffer.from(oddJson(random)),
    () => Buffer.from('{"big":1}'),
    () => random.bytes(random.below(200)),
    () => Buffer.alloc(random.pick([126, 65_536, 70_000]), 0x7b),
  ])();
}

function lengthOf(random: Random, { length, maskBit }: { readonly length: number; readonly maskBit: number }): Buffer {
  if (random.oneIn(12)) return Buffer.from([maskBit | 127, 0x7f, 255, 255, 255, 255, 255, 255, 255]);
  if (length < 126) return Buffer.from([maskBit | length]);
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9);
  bytes[0] = maskBit | (length < 65_536 ? 126 : 127);
  if (length < 65_536) bytes.writeUInt16BE(length, 1);
  else bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}
