import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Attack, isHead } from './attack.ts';
import { readAnswers, type WireAnswer } from './http-answers.ts';
import { problemFault } from './problem-schema.ts';

/** A client that got no whole answer in this time says that it has no more to send: its request was none. */
const usualPatienceMs = 200;
/** How long it waits when it is played again, because nothing came the first time. */
const longPatienceMs = 8_000;
const silent = 'there was no answer';
/** A connection that is still open then hangs. */
const hangMs = 20_000;

/** What came of an attack. */
export interface Outcome {
  readonly statuses: readonly number[];
  /** What is wrong with the answers; undefined when nothing is. */
  readonly fault: string | undefined;
}

/** Plays an attack on a connection of its own, to the end of the connection. */
export async function playAttack(port: number, attack: Attack): Promise<Outcome> {
  const outcome = await playOnce(port, attack, usualPatienceMs);
  return outcome.fault === silent ? playOnce(port, attack, longPatienceMs) : outcome;
}

async function playOnce(port: number, attack: Attack, patienceMs: number): Promise<Outcome> {
  const { received, hung } = await talk(port, attack, patienceMs);
  if (hung) return { statuses: [], fault: `the connection is open after ${hangMs} ms` };
  if (attack.end === 'vanish') return { statuses: [], fault: undefined };
  try {
    const answers = readAnswers(received, isHead(Buffer.concat(attack.parts)));
    return { statuses: answers.map(({ status }) => status), fault: faultOf(answers, attack) };
  } catch (error) {
    return { statuses: [], fault: String(error) };
  }
}

async function talk(
  port: number,
  attack: Attack,
  patienceMs: number,
): Promise<{ readonly received: Buffer; readonly hung: boolean }> {
  const { parts, end, answers = 1 } = attack;
  const chunks: Buffer[] = [];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: false });
  const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)));
  // A connection that was cut off ends like any other: what counts is what came before.
  socket.on('error', () => undefined);
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (wholeAnswers(Buffer.concat(chunks), attack) >= answers) resolve();
    });
  });
  const hang = new AbortController();
  try {
    for (const part of parts) {
      socket.write(part);
      if (parts.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    if (end === 'vanish') socket.resetAndDestroy();
    else if (end === 'close') {
      await Promise.race([answered, closed, pause(patienceMs, undefined, { signal: hang.signal })]);
      socket.end();
    }
    const hung = await Promise.race([closed, pause(hangMs, true, { signal: hang.signal })]);
    return { received: Buffer.concat(chunks), hung };
  } finally {
    hang.abort();
    socket.destroy();
  }
}

function wholeAnswers(bytes: Buffer, { parts }: Attack): number {
  try {
    return readAnswers(bytes, isHead(Buffer.concat(parts))).filter(({ isWhole, status }) => isWhole && status !== 100)
      .length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function faultOf(answers: readonly WireAnswer[], { mustRefuse = false, kind, parts }: Attack): string | undefined {
  const [first, ...others] = answers.filter(({ status }) => status !== 100);
  // Empty lines ask for nothing.
  if (first === undefined)
    return parts.every((part) => /^[\r\n]*$/.test(Buffer.from(part).toString())) ? undefined : silent;
  if (mustRefuse && (first.status < 400 || others.length > 0)) {
    return `it was not refused: ${answers.map(({ status }) => status).join(', ')}`;
  }
  for (const { status, headers, body, isWhole } of [first, ...others]) {
    const isFine = (status >= 200 && status < 300) || status === 101 || status === 304;
    if (isFine) continue;
    const type = headers.get('content-type');
    if (type !== 'application/problem+json') return `answer ${status} of type ${type}: ${body.slice(0, 200)}`;
    if (!isWhole) return `answer ${status} of ${kind} ends too early`;
    const isBodiless = isHead(Buffer.concat(parts));
    const fault = isBodiless ? undefined : problemFault(body, { status, traceId: headers.get('x-trace-id') });
    if (fault !== undefined) return `answer ${status}: ${fault}`;
  }
  return undefined;
}
