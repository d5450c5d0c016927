import { FakeClock } from '@mainstay/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Everything, WatchThingsRequest } from './contracts/gen/lab/v1/lab_pb.ts';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

let lab: TestGateway;
let clock: FakeClock;
let ended = 0;
beforeEach(async () => {
  clock = new FakeClock();
  ended = 0;
  lab = await startTestGateway(
    {
      lab: {
        async *watchThings({ text, afterPosition }: WatchThingsRequest, { signal }: { signal: AbortSignal }) {
          try {
            yield { position: afterPosition + 1n, text };
            await new Promise((resolve) => signal.addEventListener('abort', resolve));
          } finally {
            ended++;
          }
        },
        async *chatThings(things: AsyncIterable<Everything>) {
          for await (const { text } of things) yield { text };
        },
      },
    },
    { clock, streams: { heartbeatMs: 60_000, maxOpen: 10, maxOpenPerClient: 10, uploadLimitBytes: 1 } },
  );
});
afterEach(() => lab[Symbol.asyncDispose]());

/** Opens a stream, reads its first message, and gives the rest when it is over. */
async function watch(accept: string, headers: Record<string, string> = {}): Promise<() => Promise<string>> {
  const token = await lab.tokens.sign({ expiresInSeconds: 60 });
  const answer = await fetch(`${lab.url}/lab/watch/a`, {
    headers: { 'x-api-key': 'demo-enterprise', accept, authorization: `Bearer ${token}`, ...headers },
  });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('position')) text += (await reader?.read())?.value ?? '';
  return async () => {
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value;
    return text;
  };
}

describe('a stream whose token ends after 60 s and the 30 s of skew', () => {
  it('as events ends with TOKEN_EXPIRED, and goes on after its last position with a new token', async () => {
    const rest = await watch('text/event-stream');

    await clock.advance(89_000);
    expect([lab.gateway.status()['open_streams'], ended]).toEqual([1, 0]);
    await clock.advance(1_000);
    const text = await rest();
    expect(text).toMatch(/id: 1\n[\s\S]*event: error\ndata: \{.*"status":401.*"reason":"TOKEN_EXPIRED".*\n\n$/);
    await expect.poll(() => [lab.gateway.status()['open_streams'], ended]).toEqual([0, 1]);

    const resumed = await watch('text/event-stream', { 'last-event-id': '1' });
    await lab.gateway.drain();
    expect(await resumed()).toContain('id: 2\n');
  });

  it('as lines ends with a line that says why', async () => {
    const rest = await watch('application/x-ndjson');
    await clock.advance(90_000);

    expect((await rest()).trim().split('\n').at(-1)).toMatch(/^\{"@problem":\{.*"reason":"TOKEN_EXPIRED"/);
  });

  it('as a WebSocket ends with the code 4016', async () => {
    const token = await lab.tokens.sign({ expiresInSeconds: 60 });
    const socket = new WebSocket(`${lab.url.replace('http', 'ws')}/lab/chats/me`, {
      headers: { ...fast, authorization: `Bearer ${token}` },
    });
    const frames: string[] = [];
    socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')));
    await new Promise((resolve) => socket.on('open', resolve));
    const closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => resolve([code, reason.toString('utf8')]));
    });
    await clock.advance(90_000);

    expect(await closed).toEqual([4_016, 'TOKEN_EXPIRED']);
    expect(frames.at(-1)).toContain('"reason":"TOKEN_EXPIRED"');
  });

  it('without a token has no end of its own', async () => {
    const answer = await fetch(`${lab.url}/lab/watch/a`, { headers: { accept: 'text/event-stream' } });
    await clock.advance(3_600_000);

    expect(lab.gateway.status()['open_streams']).toBe(1);
    await answer.body?.cancel();
  });
});
