import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { setHttpStatus } from '../src/index.ts';
import { collect, connect, ways } from './connect-both.ts';

async function* texts(...values: string[]): AsyncIterable<{ value: string }> {
  for (const value of values) yield { value };
}

test.for(ways)('%s: all four kinds of calls carry their messages', async (way) => {
  await using _leaks = leakCheck();
  await using connected = await connect(way, {
    unary: ({ value }) => ({ value: `${value}!` }),
    async *serverStream({ value }) {
      for (let i = 0; i < 3; i++) yield { value: `${value}${i}` };
    },
    async clientStream(requests) {
      const all = await collect(requests);
      return { value: all.map(({ value }) => value).join('+') };
    },
    async *bidiStream(requests) {
      for await (const { value } of requests) yield { value: value.toUpperCase() };
    },
  });
  const { client } = connected;

  expect((await client.unary({ value: 'a' })).value).toBe('a!');
  expect((await collect(client.serverStream({ value: 'a' }))).map(({ value }) => value)).toEqual(['a0', 'a1', 'a2']);
  expect((await client.clientStream(texts('a', 'b', 'c'))).value).toBe('a+b+c');
  expect((await collect(client.bidiStream(texts('a', 'b')))).map(({ value }) => value)).toEqual(['A', 'B']);
});

test.for(ways)('%s: a two-way stream answers each message before the next is sent', async (way) => {
  await using connected = await connect(way, {
    async *bidiStream(requests) {
      for await (const { value } of requests) yield { value: `${value} heard` };
    },
  });
  const heard: string[] = [];
  const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* inTurn(): AsyncIterable<{ value: string }> {
    yield { value: 'first' };
    await turns[0]?.promise;
    yield { value: 'second' };
    await turns[1]?.promise;
  }

  for await (const { value } of connected.client.bidiStream(inTurn())) {
    heard.push(value);
    turns[heard.length - 1]?.resolve();
  }

  expect(heard).toEqual(['first heard', 'second heard']);
});

test.for(ways)('%s: empty streams in both directions end the call without an answer', async (way) => {
  await using connected = await connect(way, {
    async *serverStream() {
      // Nothing to say.
    },
    async clientStream(requests) {
      return { value: String((await collect(requests)).length) };
    },
  });

  expect(await collect(connected.client.serverStream({}))).toEqual([]);
  expect((await connected.client.clientStream(texts())).value).toBe('0');
});

test.for(ways)('%s: a handler sets headers, trailers and the HTTP status of its answer', async (way) => {
  await using connected = await connect(way, {
    unary(_, context) {
      context.responseHeader.set('x-head', '1');
      context.responseTrailer.set('x-tail', '2');
      setHttpStatus(202);
      return {};
    },
  });
  const seen: Record<string, string | null> = {};

  await connected.client.unary(
    {},
    {
      onHeader: (header) => {
        seen.head = header.get('x-head');
        seen.status = header.get('mainstay-http-status');
      },
      onTrailer: (trailer) => {
        seen.tail = trailer.get('x-tail');
      },
    },
  );

  expect(seen).toEqual({ head: '1', status: '202', tail: '2' });
});

test.for(ways)('%s: the headers of a stream are those set before its first message', async (way) => {
  await using connected = await connect(way, {
    async *serverStream(_, context) {
      context.responseHeader.set('x-head', 'early');
      setHttpStatus(202);
      yield { value: 'one' };
      context.responseTrailer.set('x-tail', 'late');
    },
  });
  const seen: (string | null)[] = [];

  const stream = connected.client.serverStream(
    {},
    {
      onHeader: (header) => void seen.push(header.get('x-head'), header.get('mainstay-http-status')),
      onTrailer: (trailer) => void seen.push(trailer.get('x-tail')),
    },
  );
  await collect(stream);

  expect(seen).toEqual(['early', '202', 'late']);
});

test('the HTTP status cannot be set outside of a handler, nor to 404', () => {
  expect(() => setHttpStatus(202)).toThrow('inside a handler');
  expect(() => setHttpStatus(404)).toThrow('200 to 299');
});

test('200 calls at once over one connection all get their own answer', async () => {
  await using connected = await connect('socket', { unary: async ({ value }) => ({ value }) });

  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) => connected.client.unary({ value: String(i) })),
  );

  expect(answers.map(({ value }) => Number(value))).toEqual(Array.from({ length: 200 }, (_, i) => i));
});
