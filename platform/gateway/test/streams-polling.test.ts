import { FakeClock } from '@mainstay/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { WatchThingsRequest } from './contracts/gen/lab/v1/lab_pb.ts';
import { type Answer, fast, type SendOptions, startTestGateway, type TestGateway } from './harness.ts';
import { failWith } from './transcoding/failures.ts';

/** What happened, in the order of its positions, and who waits for more. */
let published = 0;
let listeners: (() => void)[] = [];
/** Calls to the service, and those of them that are over. */
let asked = 0;
let ended = 0;
let lab: TestGateway;

afterEach(async () => {
  await lab[Symbol.asyncDispose]();
  published = 0;
  listeners = [];
  asked = 0;
  ended = 0;
});

function publish(count: number): void {
  published += count;
  for (const tell of listeners.splice(0)) tell();
}

/** Everything after the position asked for, as it is published, to the end at `count`. */
async function* watch({ text, afterPosition, count }: WatchThingsRequest, { signal }: { signal: AbortSignal }) {
  asked++;
  try {
    for (let at = Number(afterPosition); at < count; ) {
      for (; at < Math.min(published, count); at++) yield { position: BigInt(at + 1), text: `${at + 1}` };
      failWith({ text });
      if (at >= count) return;
      await new Promise<void>((resolve) => {
        listeners.push(resolve);
        signal.addEventListener('abort', () => resolve());
      });
      if (signal.aborted) return;
    }
  } finally {
    ended++;
  }
}

const start = async (options: Parameters<typeof startTestGateway>[1] = {}): Promise<TestGateway> => {
  lab = await startTestGateway({ lab: { watchThings: watch } }, options);
  return lab;
};

const polling = { ...fast, accept: 'application/json', prefer: 'wait=30' };

/** Asks for what comes after an event. */
const poll = (last: string | undefined, options: SendOptions & { readonly path?: string } = {}): Promise<Answer> => {
  const { path = '/lab/watch/a?count=1000', ...rest } = options;
  const headers = { ...polling, ...(last !== undefined && { 'last-event-id': last }), ...options.headers };
  return lab.send('GET', path, { ...rest, headers });
};

const idsOf = ({ json }: Answer): string[] => json.events.map(({ id }: { readonly id: string }) => id);
const waiting = (count: number): Promise<void> => expect.poll(() => listeners.length).toBe(count);

describe('a stream asked for by polls', () => {
  it('tells what server-sent events tell, 400 events once and in order, also when polls are broken off', async () => {
    await start();
    const path = '/lab/watch/a?count=400';
    const events = lab.send('GET', path, { headers: { ...fast, accept: 'text/event-stream' } });
    await waiting(1);
    const ids: string[] = [];
    let last: string | undefined;
    let isOver = false;
    for (let n = 0; !isOver; n++) {
      if (n % 3 === 1) {
        const going = new AbortController();
        const before = asked;
        const broken = poll(last, { path, signal: going.signal }).catch(() => undefined);
        await expect.poll(() => asked, { interval: 5 }).toBe(before + 1);
        going.abort();
        await broken;
      }
      const answering = poll(last, { path });
      publish(Math.min([1, 0, 150, 7][n % 4] ?? 0, 400 - published) || Number(published < 400));
      const answer = await answering;
      ids.push(...idsOf(answer));
      last = answer.json.last_event_id;
      isOver = answer.json.ended;
    }

    const sent = (await events).text.match(/(?<=^id: ).*$/gm);
    expect(ids).toEqual(Array.from({ length: 400 }, (_, at) => `${at + 1}`));
    expect(ids).toEqual(sent);
  });

  it('waits 30 s at most, and then says from where to go on', async () => {
    const clock = new FakeClock();
    await start({ clock });
    publish(7);
    const answering = poll('7', { headers: { prefer: 'wait=600' } });
    await waiting(1);

    await clock.advance(29_999);
    expect([lab.gateway.status()['open_streams'], ended]).toEqual([1, 0]);
    await clock.advance(1);

    const { status, headers, text } = await answering;
    expect([status, text]).toEqual([200, '{"events":[],"last_event_id":"7","ended":false}']);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'preference-applied': 'wait=30',
      'cache-control': 'no-store',
    });
    await expect.poll(() => [lab.gateway.status()['open_streams'], ended]).toEqual([0, 1]);
  });

  it('answers the first event after 5 ms, with those that came in them', async () => {
    const clock = new FakeClock();
    await start({ clock });
    const answering = poll(undefined);
    await waiting(1);
    publish(1);
    await waiting(1);
    await clock.advance(4);
    publish(1);
    await waiting(1);
    await clock.advance(1);

    expect((await answering).json).toEqual({
      events: [
        { id: '1', data: { position: '1', text: '1' } },
        { id: '2', data: { position: '2', text: '2' } },
      ],
      last_event_id: '2',
      ended: false,
    });
  });

  it('gives 100 events at once, and the rest to the next poll', async () => {
    await start({ clock: new FakeClock() });
    publish(250);
    const path = '/lab/watch/a?count=250';
    const sizes: number[] = [];
    for (let last: string | undefined, isOver = false; !isOver; ) {
      const { json } = await poll(last, { path });
      sizes.push(json.events.length);
      ({ last_event_id: last, ended: isOver } = json);
    }

    expect(sizes).toEqual([100, 100, 50]);
  });

  it('counts as an open stream: a second one of a client that may have one is refused', async () => {
    const streams = { heartbeatMs: 15_000, maxOpen: 10, maxOpenPerClient: 1, uploadLimitBytes: 10 };
    await start({ streams });
    const first = poll(undefined);
    await waiting(1);

    const second = await poll(undefined);
    publish(1);

    expect([second.status, second.json.reason]).toEqual([429, 'STREAMS_EXHAUSTED']);
    expect(idsOf(await first)).toEqual(['1']);
  });

  it('ends the call to the service when its client goes away', async () => {
    await start();
    const going = new AbortController();
    const answering = poll(undefined, { signal: going.signal }).catch(() => 'gone');
    await waiting(1);
    going.abort();

    expect(await answering).toBe('gone');
    await expect.poll(() => [lab.gateway.status()['open_streams'], ended]).toEqual([0, 1]);
  });

  it('is a problem with the status 503 when the gateway drains', async () => {
    await start();
    const answering = poll('3');
    await waiting(1);
    await lab.gateway.drain();

    const { status, json } = await answering;
    expect([status, json.reason]).toEqual([503, 'GATEWAY_DRAINING']);
    await expect.poll(() => ended).toBe(1);
  });

  it('is a problem with the status 401 from the moment when its token is no longer good', async () => {
    const clock = new FakeClock();
    await start({ clock });
    // Over for 20 s, and taken for 10 s more.
    const token = await lab.tokens.sign({ expiresInSeconds: -20 });
    const answering = poll(undefined, { token });
    await waiting(1);
    await clock.advance(10_000);

    const { status, json } = await answering;
    expect([status, json.reason]).toEqual([401, 'TOKEN_EXPIRED']);
  });

  it('that fails is a problem, or gives first what came before', async () => {
    await start();
    publish(2);
    const path = '/lab/watch/fail-aborted?count=1000';
    const before = await poll(undefined, { path });
    const failed = await poll(before.json.last_event_id, { path });

    expect([idsOf(before), before.json.ended]).toEqual([['1', '2'], false]);
    expect([failed.status, failed.json.reason, failed.headers['preference-applied']]).toEqual([
      409,
      'LAB_FAILED',
      undefined,
    ]);
  });

  it.each([
    ['application/json', 'wait=5', 'application/json'],
    ['application/json, text/event-stream;q=0.9', 'respond-async, wait=5', 'application/json'],
    ['application/json', undefined, 'application/x-ndjson'],
    ['application/json', 'wait=soon', 'application/x-ndjson'],
    ['application/x-ndjson', 'wait=5', 'application/x-ndjson'],
    ['*/*', 'wait=5', 'application/x-ndjson'],
    ['text/event-stream', 'wait=5', 'text/event-stream'],
  ])('Accept: %s with Prefer: %s is answered with %s', async (accept, prefer, type) => {
    await start();
    const headers = { ...fast, accept, ...(prefer !== undefined && { prefer }) };
    const answer = await lab.send('HEAD', '/lab/watch/a?count=1', { headers });

    expect(answer.headers['content-type']).toBe(`${type}; charset=utf-8`);
    expect(ended).toBe(0);
  });
});
