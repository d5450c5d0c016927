import type { Duplex } from 'node:stream';
import { leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { eventually, type Handle, startHttpLab } from './http-lab.ts';

const handshake = (target: string): string =>
  `GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n`;

/** Repeats whatever comes, in upper case. */
function shout({ socket, head }: { readonly socket: Duplex; readonly head: Buffer }): void {
  const say = (bytes: Buffer): void => void socket.write(bytes.toString().toUpperCase());
  socket.on('data', say);
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  if (head.length > 0) say(head);
}

describe.each(engines)('a handshake with the engine %s', (_, create) => {
  test('gives the connection away with the bytes that came behind it, and is no answer', async () => {
    await using _leaks = leakCheck();
    await using lab = await startHttpLab(create, (_request, answer) => shout(answer.takeOver()));
    const client = await lab.dial();

    client.write(`${handshake('/a')}first`);
    expect(await client.until(/FIRST/)).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\nFIRST');
    client.write('second');
    expect(await client.until(/SECOND/)).toBe('SECOND');
    client.socket.end();
    await client.closed;

    expect(lab.closes).toEqual([]);
  });

  test('that is accepted later has lost nothing of what came meanwhile', async () => {
    let accept: (() => void) | undefined;
    const handle: Handle = (_request, answer) => {
      accept = () => shout(answer.takeOver());
    };
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.write(`${handshake('/a')}first`);
    await eventually(() => accept !== undefined);
    client.write('second');
    await new Promise((resolve) => setImmediate(resolve));
    accept?.();
    await client.until(/FIRSTSECOND/);
  });

  test('that is refused ends the connection: what follows is no HTTP', async () => {
    await using lab = await startHttpLab(create, (_request, answer) => answer.send({ status: 403, fields: [] }));

    const text = await lab.exchange(`${handshake('/a')}GET /hidden HTTP/1.1\r\nhost: x\r\n\r\n`);

    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 403']);
    expect(text).toMatch(/connection: close/i);
  });

  test('behind a request that is answered at once comes behind its answer', async () => {
    const handle: Handle = (request, answer) => {
      if (request.isWebSocket) shout(answer.takeOver());
      else answer.send({ status: 200, fields: [] }, 'plain');
    };
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    await client.until(/plain$/);
    client.write(`${handshake('/b')}x`);

    expect(await client.until(/X$/)).toBe('HTTP/1.1 101 Switching Protocols\r\n\r\nX');
  });

  test.each([
    ['POST', 'connection: Upgrade\r\nupgrade: websocket\r\n'],
    ['GET', 'connection: Upgrade\r\nupgrade: h2c\r\n'],
    ['GET', 'upgrade: websocket\r\n'],
  ])('%s with %j is a request like any other', async (method, lines) => {
    const kinds: boolean[] = [];
    const handle: Handle = (request, answer) => {
      kinds.push(request.isWebSocket);
      answer.send({ status: 200, fields: [] });
      answer.abort();
    };
    await using lab = await startHttpLab(create, handle);

    await lab.exchange(`${method} / HTTP/1.1\r\nhost: x\r\n${lines}\r\n`);

    expect(kinds).toEqual([false]);
  });

  test('of another kind, CONNECT, is answered, and the connection ends', async () => {
    await using lab = await startHttpLab(create, (_request, answer) => answer.send({ status: 405, fields: [] }));

    const text = await lab.exchange(
      'CONNECT a.test:1 HTTP/1.1\r\nhost: x\r\n\r\nGET /hidden HTTP/1.1\r\nhost: x\r\n\r\n',
    );

    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 405']);
  });
});
