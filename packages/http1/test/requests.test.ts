import { leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer, HttpRequest } from '../src/http-server.ts';
import { engines } from './engines.ts';
import { echo, type Handle, startHttpLab } from './http-lab.ts';

const host = 'host: x\r\n';
const last = `${host}connection: close\r\n`;
const statuses = (text: string): string[] => text.match(/HTTP\/1\.1 \d+/g) ?? [];
const bodies = (text: string): string[] => text.match(/(?<=\r\n\r\n)[A-Z]+ \/\w* \w*(?=$|HTTP)/g) ?? [];

describe.each(engines)('requests with the engine %s', (_, create) => {
  test('five requests that come at once on one connection are answered in their order', async () => {
    await using _leaks = leakCheck();
    await using lab = await startHttpLab(create, echo);

    const text = await lab.exchange(
      `GET /a HTTP/1.1\r\n${host}\r\n` +
        `POST /b HTTP/1.1\r\n${host}content-length: 3\r\n\r\nabc` +
        `PUT /c HTTP/1.1\r\n${host}transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nt: u\r\n\r\n` +
        `DELETE /d HTTP/1.1\r\n${host}content-length: 0\r\n\r\n` +
        `GET /e HTTP/1.1\r\n${last}\r\n`,
    );

    expect(bodies(text)).toEqual(['GET /a ', 'POST /b abc', 'PUT /c abcde', 'DELETE /d ', 'GET /e ']);
    expect(lab.closes).toEqual(['GET /a true', 'POST /b true', 'PUT /c true', 'DELETE /d true', 'GET /e true']);
  });

  test('a header that was not sent is not there, whatever objects inherit', async () => {
    await using lab = await startHttpLab(create, ({ headers }, answer) =>
      answer.send({ status: 200, fields: [] }, `GET /${typeof headers['constructor']}${typeof headers['x-a']} `),
    );

    expect(bodies(await lab.exchange(`GET / HTTP/1.1\r\nx-a: b\r\n${last}\r\n`))).toEqual(['GET /undefinedstring ']);
  });

  test('the answer to the first of two requests comes first, also when the second one could be answered at once', async () => {
    let answerFirst: () => void = () => undefined;
    const handle: Handle = ({ method, target }, answer) => {
      const send = (): void => answer.send({ status: 200, fields: [] }, `${method} ${target} `);
      if (target === '/first') answerFirst = send;
      else send();
    };
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.write(`GET /first HTTP/1.1\r\n${host}\r\nGET /second HTTP/1.1\r\n${last}\r\n`);
    const other = await lab.exchange(`GET /other HTTP/1.1\r\n${last}\r\n`);
    expect([bodies(other), client.text]).toEqual([['GET /other '], '']);
    answerFirst();
    await client.closed;

    expect(bodies(client.text)).toEqual(['GET /first ', 'GET /second ']);
  });

  test.each([
    ['1.1', '', 2],
    ['1.1', 'connection: close\r\n', 1],
    ['1.1', 'Connection: foo , CLOSE\r\n', 1],
    ['1.0', '', 1],
    ['1.0', 'connection: keep-alive\r\n', 2],
  ])('with HTTP/%s and %j a connection takes %i requests', async (version, line, count) => {
    await using lab = await startHttpLab(create, echo);

    const text = await lab.exchange(`GET /a HTTP/${version}\r\n${host}${line}\r\nGET /b HTTP/1.1\r\n${last}\r\n`);

    expect(bodies(text)).toEqual(['GET /a ', 'GET /b '].slice(0, count));
    expect(/connection: close/i.test(text.split('\r\n\r\n')[0] ?? '')).toBe(count === 1);
  });

  test('a body is invited when it is taken, and the connection goes on', async () => {
    await using lab = await startHttpLab(create, echo);
    const client = await lab.dial();

    client.write(`POST /a HTTP/1.1\r\n${host}expect: 100-continue\r\ncontent-length: 2\r\n\r\n`);
    expect(await client.until(/\r\n\r\n/)).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    client.write(`okGET /b HTTP/1.1\r\n${last}\r\n`);
    await client.closed;

    expect(bodies(client.text)).toEqual(['POST /a ok', 'GET /b ']);
  });

  test('a body that was not invited is not waited for: what follows the refusal is no request', async () => {
    await using lab = await startHttpLab(create, (_request, answer) => answer.send({ status: 403, fields: [] }));

    const text = await lab.exchange(
      `POST /a HTTP/1.1\r\n${host}expect: 100-continue\r\ncontent-length: 43\r\n\r\nGET /hidden HTTP/1.1\r\n${host}\r\n`,
    );

    expect(statuses(text)).toEqual(['HTTP/1.1 403']);
    expect(text).toMatch(/connection: close/i);
  });

  test.each([
    [65_536, 'content-length: 65536', 2],
    [65_537, 'content-length: 65537', 1],
  ])(
    'after an answer that came before %i bytes of a body (%s) a connection takes %i requests',
    async (bytes, line, count) => {
      await using lab = await startHttpLab(create, (_request, answer) => answer.send({ status: 200, fields: [] }));
      const client = await lab.dial();

      client.write(`POST /a HTTP/1.1\r\n${host}${line}\r\n\r\n`);
      let text = await client.until(/\r\n\r\n/);
      client.write(`${'x'.repeat(bytes)}GET /b HTTP/1.1\r\n${last}\r\n`);
      await client.closed;
      text += client.text;

      expect(statuses(text)).toHaveLength(count);
    },
  );

  test.each([
    ['content-length: 11\r\n\r\n12345678901'],
    ['transfer-encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n0\r\n\r\n'],
  ])('a body of 11 bytes is too large for a limit of 10: %j', async (rest) => {
    const handle: Handle = (request, answer) =>
      void request
        .readBody(10)
        .catch((error: { reason: string }) => answer.send({ status: 413, fields: [] }, error.reason));
    await using lab = await startHttpLab(create, handle);

    expect(await lab.exchange(`POST / HTTP/1.1\r\n${last}${rest}`)).toMatch(/^HTTP\/1\.1 413 [^]*BODY_TOO_LARGE$/);
  });

  test('parts of a body are given as they arrive, and none is lost or comes twice', async () => {
    const repeat = async (request: HttpRequest, answer: HttpAnswer): Promise<void> => {
      let text = '';
      for await (const part of request.bodyParts()) text += Buffer.from(part).toString();
      answer.send({ status: 200, fields: [] }, `${request.bodyLength} ${text}`);
    };
    await using lab = await startHttpLab(create, (request, answer) => void repeat(request, answer));
    const client = await lab.dial();

    client.write(`POST /a HTTP/1.1\r\n${last}content-length: 9\r\n\r\nabc`);
    client.write('def');
    client.write('ghi');
    await client.closed;

    expect(client.text).toMatch(/\r\n\r\n9 abcdefghi$/);
  });

  test('headers are told in lower case, joined when they come twice, and `__proto__` is one of them', async () => {
    const handle: Handle = ({ headers }, answer) => answer.send({ status: 200, fields: [] }, JSON.stringify(headers));
    await using lab = await startHttpLab(create, handle);

    const text = await lab.exchange(
      `GET / HTTP/1.1\r\n${last}X-A: 1\r\nx-a:2 \r\nCookie: a\r\ncookie: b\r\nX-High: \xe4\r\n\r\n`,
    );

    const headers = { host: 'x', connection: 'close', 'x-a': '1, 2', cookie: 'a; b', 'x-high': '\xe4' };
    expect(JSON.parse(Buffer.from(text.split('\r\n\r\n')[1] ?? '', 'latin1').toString())).toEqual(headers);
  });
});
