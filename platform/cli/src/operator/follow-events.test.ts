import { create } from '@bufbuild/protobuf';
import { type TailEventsResponse, TailEventsResponseSchema } from '@mainstay/contracts/mainstay/operations/v1/events';
import { PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { cliReasons } from '../errors.ts';
import { followEvents } from './follow-events.ts';

const cutOff = new PlatformError(cliReasons.CLI_GATEWAY_UNREACHABLE, 'cut the stream off');

/** A log of 6 events whose streams are cut off after as many as told; the last one waits until it is stopped. */
function log(cutAfter: readonly number[], error: PlatformError = cutOff) {
  const asked: bigint[] = [];
  const cuts = [...cutAfter];
  async function* open(after: bigint): AsyncGenerator<TailEventsResponse> {
    asked.push(after);
    const cut = cuts.shift();
    for (let position = after + 1n, given = 0; position <= 6n; position++, given++) {
      if (given === cut) throw error;
      yield create(TailEventsResponseSchema, { position, event: { position, subject: `o${position}` } });
    }
  }
  return { asked, open };
}

async function follow(open: (after: bigint) => AsyncIterable<TailEventsResponse>) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const lost: string[] = [];
  const seen: string[] = [];
  const onLost = (why: string) => void lost.push(why);
  const reading = (async () => {
    for await (const { subject } of followEvents({ open, after: 1n, signal: stop.signal, clock, onLost })) {
      seen.push(subject);
      if (seen.length === 5) stop.abort();
    }
  })();
  let isDone = false;
  void reading.catch(() => undefined).finally(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.pendingCount > 0) await clock.advance(5_000);
  }
  return { lost, seen, reading };
}

test('a stream that is cut off twice goes on behind the last event: 5 events, none left out, none twice', async () => {
  const { open, asked } = log([2, 0, 1]);
  const { seen, lost } = await follow(open);
  expect(seen).toEqual(['o2', 'o3', 'o4', 'o5', 'o6']);
  expect(asked).toEqual([1n, 3n, 3n, 4n]);
  // The second loss in a row is not told again.
  expect(lost).toEqual(['cut the stream off', 'cut the stream off']);
});

test('a server that sends an event again is not believed', async () => {
  const { open } = log([2]);
  const { seen } = await follow((after) => open(after === 1n ? after : after - 1n));
  expect(seen).toEqual(['o2', 'o3', 'o4', 'o5', 'o6']);
});

test('an error that does not pass ends it', async () => {
  const signedOut = new PlatformError({ ...cliReasons.CLI_GATEWAY_UNREACHABLE, code: 'unauthenticated' }, 'signed out');
  const { reading, seen } = await follow(log([1], signedOut).open);
  await expect(reading).rejects.toThrow('signed out');
  expect(seen).toEqual(['o2']);
});
