import { create } from '@bufbuild/protobuf';
import { HttpBodySchema } from '@mainstay/contracts/google/api/httpbody';
import { FakeClock } from '@mainstay/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { UploadFileRequest, WatchThingsRequest } from './contracts/gen/lab/v1/lab_pb.ts';
import {
  type Answer,
  fast,
  type SendOptions,
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from './harness.ts';
import { failWith } from './transcoding/failures.ts';

let lab: TestGateway | undefined;
/** How the streams of the last test ended. */
let ended: string[] = [];
/** Streams that have nothing more to tell and go on. */
let waiting = 0;

afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  ended = [];
  waiting = 0;
});

const start = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  lab = await startTestGateway(
    {
      lab: {
        watchThings: watch,
        async *streamFile({ text, count }: WatchThingsRequest) {
          for (let i = 0; i < count; i++) {
            failWith({ text: i === 1 ? text : '' });
            yield create(HttpBodySchema, { contentType: 'image/png', data: Uint8Array.of(i, 255) });
          }
        },
        async uploadParts(parts: AsyncIterable<UploadFileRequest>) {
          let bytes = 0;
          let count = 0;
          let last: UploadFileRequest | undefined;
          for await (const part of parts) {
            bytes += part.file?.data.byteLength ?? 0;
            count++;
            last = part;
          }
          return { name: last?.name, contentType: last?.file?.contentType, bytes: BigInt(bytes), parts: count };
        },
      },
    },
    options,
  );
  return lab;
};

/** Positions from the one asked for; waits for ever after them with the text `wait`. */
async function* watch({ text, afterPosition, count }: WatchThingsRequest, { signal }: { signal: AbortSignal }) {
  try {
    for (let position = afterPosition + 1n; position <= BigInt(count); position++) yield { position, text };
    failWith({ text });
    if (text !== 'wait') return;
    waiting++;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  } finally {
    ended.push(text);
  }
}

function running(): TestGateway {
  if (lab === undefined) throw new TypeError('start a gateway first');
  return lab;
}

const send = (method: string, path: string, options: SendOptions = {}): Promise<Answer> =>
  running().send(method, path, options);

const events = { ...fast, accept: 'text/event-stream' };

describe('a stream of answers', () => {
  it('is lines of JSON', async () => {
    await start();
    const answer = await send('GET', '/lab/watch/a?count=2');

    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(answer.text).toBe('{"position":"1","text":"a"}\n{"position":"2","text":"a"}\n');
  });

  it('is server-sent events with positions as ids when the client prefers them', async () => {
    await start();
    const answer = await send('POST', '/lab/watch', {
      headers: { ...fast, accept: 'application/json;q=0.5, text/event-stream' },
      body: { text: 'a', count: 1 },
    });

    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(answer.text).toBe('retry: 2000\n\nid: 1\ndata: {"position":"1","text":"a"}\n\nevent: end\ndata: {}\n\n');
  });

  it('goes on after Last-Event-ID, which wins over the query, and refuses one that is no position', async () => {
    await start();
    const path = '/lab/watch/a?count=4&after_position=1';
    const plain = await send('GET', path);
    const resumed = await send('GET', path, { headers: { ...events, 'last-event-id': '3' } });
    const refused = await send('GET', path, { headers: { ...events, 'last-event-id': 'x' } });

    expect(plain.text.match(/"position":"\d"/g)).toEqual(['"position":"2"', '"position":"3"', '"position":"4"']);
    expect(resumed.text).toContain('id: 4\n');
    expect(resumed.text).not.toContain('id: 3\n');
    expect([refused.status, refused.json.violations[0].field]).toEqual([400, 'Last-Event-ID']);
  });

  it('that fails before its first answer is a problem with its status', async () => {
    await start();
    const answer = await send('GET', '/lab/watch/fail-not_found', { headers: events });

    expect([answer.status, answer.json.reason]).toEqual([404, 'LAB_FAILED']);
  });

  it.each([
    ['application/x-ndjson', /\{"@problem":(\{.*"reason":"LAB_FAILED".*\})\}\n$/],
    ['text/event-stream', /event: error\ndata: (\{.*"reason":"LAB_FAILED".*\})\n\n$/],
  ])('that fails in the middle ends %s with the problem', async (accept, shape) => {
    const { logs } = await start();
    const answer = await send('GET', '/lab/watch/fail-aborted?count=1', { headers: { ...fast, accept } });

    expect(answer.status).toBe(200);
    expect(answer.text).toContain('"position":"1"');
    const problem = JSON.parse(shape.exec(answer.text)?.[1] ?? '{}') as Record<string, unknown>;
    expect(problem).toMatchObject({ status: 409, code: 'aborted', trace_id: answer.headers['x-trace-id'] });
    await expect
      .poll(() => logs.find(({ message }) => message === 'request')?.fields)
      .toMatchObject({ reason: 'LAB_FAILED' });
  });

  it('shows every 15 s that it lives, and cancels the call when its client goes away', async () => {
    const clock = new FakeClock();
    const { port } = await start({ clock });
    const client = new AbortController();
    const url = `http://127.0.0.1:${port}/lab/watch/wait?count=1`;
    const answer = await fetch(url, { headers: events as Record<string, string>, signal: client.signal });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('data:')) text += (await reader?.read())?.value ?? '';

    await expect.poll(() => clock.pendingCount).toBeGreaterThan(0);
    await clock.advance(15_000);
    while (!text.endsWith('\n:\n\n')) text += (await reader?.read())?.value ?? '';
    client.abort();

    await expect.poll(() => ended).toEqual(['wait']);
  });

  it('is refused beyond 2 of one client, until one of them ends', async () => {
    const streams = { heartbeatMs: 15_000, maxOpen: 10, maxOpenPerClient: 2, uploadLimitBytes: 10 };
    const { gateway } = await start({ streams });
    const going = new AbortController();
    const open = ['', ''].map(() =>
      send('GET', '/lab/watch/wait?count=1', { signal: going.signal }).catch(() => 'gone'),
    );
    await expect.poll(() => gateway.status()['open_streams']).toBe(2);

    const refused = await send('GET', '/lab/watch/a?count=1');
    const other = await send('GET', '/lab/watch/a?count=1', { headers: { 'x-api-key': 'demo-free' } });
    going.abort();
    await Promise.all(open);
    await expect.poll(() => gateway.status()['open_streams']).toBe(0);

    expect([refused.status, refused.json.reason]).toEqual([429, 'STREAMS_EXHAUSTED']);
    expect(other.status).toBe(200);
    expect((await send('GET', '/lab/watch/a?count=1')).status).toBe(200);
  });

  it('ends with a problem that says to come again when the gateway drains', async () => {
    const { gateway, port } = await start();
    const answer = await fetch(`http://127.0.0.1:${port}/lab/watch/wait?count=1`, {
      headers: events as Record<string, string>,
    });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('data:')) text += (await reader?.read())?.value ?? '';

    const drained = gateway.drain();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) text += part.value;
    await drained;

    expect(text).toMatch(/event: error\ndata: \{.*"reason":"GATEWAY_DRAINING".*\n\n$/);
  });

  it('that has told nothing yet is a problem with the status 503 when the gateway drains', async () => {
    const { gateway } = await start();
    const open = send('GET', '/lab/watch/wait', { headers: events });
    await expect.poll(() => waiting).toBe(1);

    await gateway.drain();

    const { status, json } = await open;
    expect([status, json.reason]).toEqual([503, 'GATEWAY_DRAINING']);
  });

  it('is not begun by HEAD', async () => {
    await start();
    const answer = await send('HEAD', '/lab/watch/a?count=1', { headers: events });

    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      '',
    ]);
    expect(ended).toEqual([]);
  });
});

describe('a stream of bytes', () => {
  it('goes out as it comes, with the media type of its first part', async () => {
    const { port } = await start();
    const answer = await fetch(`http://127.0.0.1:${port}/lab/parts/a?count=3`);

    expect(answer.headers.get('content-type')).toBe('image/png');
    expect([...new Uint8Array(await answer.arrayBuffer())]).toEqual([0, 255, 1, 255, 2, 255]);
  });

  it('that fails in the middle is cut off, so that nobody takes it for whole', async () => {
    await start();
    const text = await running().sendRaw('GET /lab/parts/fail-aborted?count=3 HTTP/1.1\r\nHost: a\r\n\r\n');

    expect(text).toMatch(/^HTTP\/1.1 200 OK/);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  it('comes in as it arrives, in parts with the fields of the path', async () => {
    await start();
    const headers = { ...fast, 'content-type': 'video/mp4' };
    const answer = await send('POST', '/lab/parts/a%2Fb', { headers, body: 'x'.repeat(1_500_000) });
    const none = await send('POST', '/lab/parts/a');

    expect(answer.json).toMatchObject({ name: 'a/b', content_type: 'video/mp4', bytes: '1500000' });
    expect(answer.json.parts).toBeGreaterThan(1);
    expect(none.json).toMatchObject({ name: 'a', bytes: '0', parts: 1 });
  });

  it('is refused when it is larger than the limit, and what is wrong with its path before it is read', async () => {
    await start();
    const large = await send('POST', '/lab/parts/a', { body: 'x'.repeat(4_194_305) });
    const wrong = await send('POST', '/lab/parts/a?count=1', { body: 'x' });

    expect([large.status, large.json.reason]).toEqual([413, 'BODY_TOO_LARGE']);
    expect([wrong.status, wrong.json.violations[0].field]).toEqual([400, 'count']);
  });
});
