import { FakeClock, leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { engines } from './engines.ts';
import { echo, eventually, type Handle, startHttpLab } from './http-lab.ts';

const get = 'GET /a HTTP/1.1\r\nhost: x\r\n\r\n';

describe.each(engines)('a server of the engine %s', (_, create) => {
  test('that goes quiet answers the last request of an idle connection, says so, and is done when that is closed', async () => {
    await using _leaks = leakCheck();
    await using lab = await startHttpLab(create, echo, { clock: new FakeClock() });
    const client = await lab.dial();
    client.write(get);
    await client.until(/GET \/a $/);

    const quiet = lab.server.quiet(60_000);
    client.write(get);
    await client.closed;
    await quiet;

    expect(client.text).toMatch(/connection: close/i);
  });

  test('that goes quiet waits 5 s for connections that stay idle, and closing cuts them', async () => {
    const clock = new FakeClock();
    await using lab = await startHttpLab(create, echo, { clock });
    const client = await lab.dial();
    client.write(get);
    await client.until(/GET \/a $/);

    let isQuiet = false;
    const quiet = lab.server.quiet(5_000).then(() => (isQuiet = true));
    await clock.advance(4_999);
    expect([isQuiet, client.socket.destroyed]).toEqual([false, false]);
    await clock.advance(1);
    await quiet;
    await lab.server.close();
    await client.closed;
  });

  test('that closes lets the answer in work leave, and takes no new connection', async () => {
    let answer: (() => void) | undefined;
    const handle: Handle = (_request, it) => {
      answer = () => it.send({ status: 200, fields: [] }, 'done');
    };
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();
    client.write(get);
    await eventually(() => answer !== undefined);

    const closed = lab.server.close();
    answer?.();
    await client.closed;
    await closed;

    expect(client.text).toMatch(/connection: close[^]*done$/i);
    await expect(lab.dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('that is aborted cuts a connection with a request in work', async () => {
    await using _leaks = leakCheck();
    await using lab = await startHttpLab(create, () => undefined);
    const client = await lab.dial();
    client.write(get);
    await new Promise((resolve) => setImmediate(resolve));

    await lab.server.abort();
    await client.closed;

    expect(client.text).toBe('');
  });

  test('cannot listen where another one does', async () => {
    await using lab = await startHttpLab(create, echo);
    const { port } = lab.address;

    const other = create({
      maxHeadBytes: 1,
      headTimeoutMs: 1,
      requestTimeoutMs: 1,
      keepAliveMs: 1,
      clock: new FakeClock(),
      onRequest: () => undefined,
      onDefect: () => undefined,
      onFault: () => ({ head: { status: 400, fields: [] }, body: '' }),
    });

    await expect(other.listen('127.0.0.1', port)).rejects.toMatchObject({ reason: 'PORT_UNAVAILABLE' });
  });
});
