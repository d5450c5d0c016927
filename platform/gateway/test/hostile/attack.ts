import type { Random } from '@mainstay/testing';

/** What a hostile client does on one connection. */
export interface Attack {
  /** What is tried, in a few words. */
  readonly kind: string;
  /** Sent as they are, one write each. */
  readonly parts: readonly Uint8Array[];
  /**
   * How the client ends: it waits for its answers and closes, falls silent and waits to be cut off, or goes away at once
   * without a word.
   */
  readonly end: 'close' | 'silence' | 'vanish';
  /** Answers that it waits for before it closes, default 1. */
  readonly answers?: number;
  /** Whether its first request must be refused and the connection closed: two readers could read it differently. */
  readonly mustRefuse?: boolean;
}

/** Makes an attack of one kind; the same numbers make the same one. */
export type AttackMaker = (random: Random) => Attack;

/** Whether bytes begin a request whose answer has no body. */
export function isHead(bytes: Uint8Array): boolean {
  return /^[\r\n]*HEAD /.test(Buffer.from(bytes.subarray(0, 120)).toString('latin1'));
}

/** Text as bytes, one byte for each character. */
export function latin(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** The name that no request may reach a service by: it stands only in what a strict reader never takes for a request. */
export const smuggledName = 'smuggled';

/** Cuts bytes at random places, because a parser must not care where a packet ends. */
export function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  if (bytes.byteLength < 2 || !random.oneIn(4)) return [bytes];
  const at = 1 + random.below(bytes.byteLength - 1);
  return [bytes.subarray(0, at), bytes.subarray(at)];
}
