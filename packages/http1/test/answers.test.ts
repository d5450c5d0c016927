import { leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import type { AnswerHead } from '../src/http-server.ts';
import { engines } from './engines.ts';
import { eventually, type Handle, startHttpLab } from './http-lab.ts';

const last = 'host: x\r\nconnection: close\r\n\r\n';
const answerWith =
  (head: AnswerHead, body?: string | Uint8Array): Handle =>
  (_request, answer) =>
    answer.send(head, body);

async function* letters(): AsyncGenerator<string | Uint8Array> {
  yield 'a';
  yield '';
  yield new Uint8Array();
  yield Buffer.from('bc');
  yield '\u20ac';
}

describe.each(engines)('answers of the engine %s', (_, create) => {
  test.each<[string, string, AnswerHead, string | Uint8Array | undefined, RegExp]>([
    ['text', 'GET', { status: 200, fields: [] }, 'ab', /content-length: 2\r\n[^]*\r\n\r\nab$/i],
    [
      'text beyond ASCII',
      'GET',
      { status: 200, fields: [] },
      '\u20ac',
      /content-length: 3\r\n[^]*\r\n\r\n\xe2\x82\xac$/i,
    ],
    ['bytes', 'GET', { status: 200, fields: [] }, Buffer.from([0, 255]), /content-length: 2\r\n[^]*\r\n\r\n\0\xff$/i],
    ['nothing', 'GET', { status: 200, fields: [] }, undefined, /content-length: 0\r\n[^]*\r\n\r\n$/i],
    [
      'nothing, created',
      'POST',
      { status: 201, fields: ['location', '/a'] },
      '',
      /^HTTP\/1.1 201 Created\r\nlocation: \/a\r\n/,
    ],
    [
      'the length of text for HEAD',
      'HEAD',
      { status: 200, fields: [] },
      '\u20ac',
      /content-length: 3\r\n[^]*\r\n\r\n$/i,
    ],
    ['a date', 'GET', { status: 200, fields: [] }, '', /date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/i],
    ['an unusual status', 'GET', { status: 299, fields: [] }, '', /^HTTP\/1\.1 299 /],
    ['high bytes in a header', 'GET', { status: 200, fields: ['x-a', '\xe4\xff'] }, '', /\r\nx-a: \xe4\xff\r\n/],
  ])('with %s to %s', async (_what, method, head, body, expected) => {
    await using lab = await startHttpLab(create, answerWith(head, body));

    expect(await lab.exchange(`${method} / HTTP/1.1\r\n${last}`)).toMatch(expected);
  });

  test.each([[204], [304]])('with %i have neither content nor a length', async (status) => {
    await using lab = await startHttpLab(create, answerWith({ status, fields: [] }, undefined));

    const text = await lab.exchange(`GET / HTTP/1.1\r\n${last}`);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).not.toMatch(/content-length|transfer-encoding/i);
  });

  test.each([['a\r\nset-cookie: b'], ['a\nb'], ['a\rb'], ['a\0b'], ['\u20ac'], ['\x7f']])(
    'with the header value %j are refused before a byte is sent, and another can be sent',
    async (value) => {
      const reasons: unknown[] = [];
      const handle: Handle = (_request, answer) => {
        try {
          answer.send({ status: 200, fields: ['x-a', value] }, 'never');
        } catch (error) {
          reasons.push((error as { reason: string }).reason);
          answer.send({ status: 500, fields: [] });
        }
      };
      await using lab = await startHttpLab(create, handle);

      expect(await lab.exchange(`GET / HTTP/1.1\r\n${last}`)).toMatch(/^HTTP\/1\.1 500 /);
      expect(reasons).toEqual(['ANSWER_HEADER_INVALID']);
    },
  );

  test('of 5 MB arrive whole at a client that reads late', async () => {
    await using _leaks = leakCheck();
    const content = Buffer.alloc(5_000_000, 'abcdefghij');
    await using lab = await startHttpLab(create, answerWith({ status: 200, fields: [] }, content));
    const client = await lab.dial();

    client.socket.pause();
    client.write(`GET / HTTP/1.1\r\n${last}`);
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.resume();
    await client.closed;

    expect(client.text.split('\r\n\r\n')[1]).toBe(content.toString());
    expect(lab.closes).toEqual(['GET / true']);
  });

  test('in parts are chunks in HTTP/1.1, after which the connection goes on', async () => {
    const handle: Handle = ({ target }, answer) =>
      target === '/a'
        ? answer.stream({ status: 200, fields: [] }, letters())
        : answer.send({ status: 204, fields: [] });
    await using lab = await startHttpLab(create, handle);

    const text = await lab.exchange(`GET /a HTTP/1.1\r\nhost: x\r\n\r\nGET /b HTTP/1.1\r\n${last}`);

    expect(text.replace(/^[^]*?\r\n\r\n/, '').split('HTTP/1.1 204')[0]).toBe(
      '1\r\na\r\n2\r\nbc\r\n3\r\n\xe2\x82\xac\r\n0\r\n\r\n',
    );
    expect(lab.closes).toEqual(['GET /a true', 'GET /b true']);
  });

  test('in parts end with the connection in HTTP/1.0', async () => {
    const handle: Handle = (_request, answer) => answer.stream({ status: 200, fields: [] }, letters());
    await using lab = await startHttpLab(create, handle);

    const text = await lab.exchange('GET /a HTTP/1.0\r\nconnection: keep-alive\r\n\r\n');

    expect(text).toMatch(/\r\n\r\nabc\xe2\x82\xac$/);
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(lab.closes).toEqual(['GET /a true']);
  });

  test('in parts that fail are cut off without an end', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'a';
      throw new RangeError('no more');
    }
    const handle: Handle = (_request, answer) => answer.stream({ status: 200, fields: [] }, failing());
    await using lab = await startHttpLab(create, handle);

    expect(await lab.exchange('GET /a HTTP/1.1\r\nhost: x\r\n\r\n')).not.toMatch(/\r\n0\r\n/);
    expect(lab.closes).toEqual(['GET /a false']);
  });

  test('in parts are let go of when the client goes away', async () => {
    let isReleased = false;
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) {
          yield 'abc';
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        isReleased = true;
      }
    }
    const handle: Handle = (_request, answer) => answer.stream({ status: 200, fields: [] }, endless());
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.until(/abc/);
    client.socket.destroy();
    await eventually(() => isReleased && lab.closes.length > 0);

    expect(lab.closes).toEqual(['GET /a false']);
  });

  test('in parts are asked for only as fast as the client reads', async () => {
    let asked = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      for (; asked < 1_000; asked++) yield Buffer.alloc(100_000);
    }
    const handle: Handle = (_request, answer) => answer.stream({ status: 200, fields: [] }, large());
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.socket.pause();
    client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    let before = -1;
    // Until nothing moves any more.
    await eventually(() => asked > 1);
    while (before !== asked) {
      before = asked;
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
    }

    expect(asked).toBeLessThan(500);
  });
});
