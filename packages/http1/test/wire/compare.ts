import { deepEqual, equal, ok } from 'node:assert/strict';
import { Random } from '@mainstay/testing';
import { cutAnywhere, goodBytes, hostileBytes } from './byte-streams.ts';
import { playNode } from './node-lab.ts';
import { type Outcome, playWire, type SeenRequest } from './wire-lab.ts';

/** What came of one stream. */
export interface Compared {
  readonly wire: number;
  readonly node: number;
  readonly isRefused: boolean;
}

/** Of a target in absolute form the host is told, whatever `Host` says, which Node leaves to others; it cannot tell of `__proto__`. */
function comparable({ headers, ...rest }: SeenRequest): unknown {
  const told = Object.entries(headers).filter(([name]) => name !== 'host' && name !== '__proto__');
  return { ...rest, headers: Object.fromEntries(told) };
}

/** A client that is refused while it sends its body may have been invited before, or not. */
function withoutInvitations({ text, ...outcome }: Outcome): Outcome {
  return { ...outcome, text: text.replaceAll('HTTP/1.1 100 Continue\r\n\r\n', '') };
}

/** Each request that was seen has its answer, in order; a refusal, with which the connection ends, is the last. */
function checkAnswers({ seen, text, isEnded }: Outcome): boolean {
  let rest = text;
  for (const { method, body } of seen) {
    const match = /^HTTP\/1\.1 200 OK\r\ncontent-length: (\d+)\r\n[^]*?\r\n\r\n/.exec(rest);
    ok(match !== null, 'a request has no answer');
    equal(Number(match[1]), body.length);
    const content = method === 'HEAD' ? '' : body;
    ok(rest.startsWith(content, match[0].length), 'an answer has another body');
    rest = rest.slice(match[0].length + content.length);
  }
  const isRefused = rest !== '';
  if (isRefused)
    ok(
      /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\nconnection: close\r\n\r\n\w+: .+$/.test(rest),
      'a refusal is something else',
    );
  if (isRefused) ok(isEnded, 'a refusal does not end the connection');
  return isRefused;
}

/**
 * Gives good requests to both servers.
 *
 * @throws AssertionError when they see other requests, or an answer is missing.
 */
export async function compareGood(seed: number): Promise<Compared> {
  const random = new Random(seed);
  const bytes = goodBytes(random);
  const wire = withoutInvitations(await playWire(cutAnywhere(random, bytes), false));
  const node = await playNode(bytes);
  deepEqual(wire.seen.map(comparable), node.map(comparable));
  equal(checkAnswers(wire), false);
  return { wire: wire.seen.length, node: node.length, isRefused: false };
}

/**
 * Gives hostile bytes to the wire, in one and in pieces, and to Node.
 *
 * @throws AssertionError when the wire sees a request that Node does not, or another one when the bytes are cut elsewhere.
 */
export async function compareHostile(seed: number): Promise<Compared> {
  const random = new Random(seed);
  const bytes = hostileBytes(random);
  const wire = withoutInvitations(await playWire([bytes]));
  const node = await playNode(bytes);
  deepEqual(wire.seen.map(comparable), node.slice(0, wire.seen.length).map(comparable));
  const isRefused = checkAnswers(wire);
  deepEqual(withoutInvitations(await playWire(cutAnywhere(random, bytes))), wire);
  return { wire: wire.seen.length, node: node.length, isRefused };
}
