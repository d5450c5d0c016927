import { FakeClock, leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createWireServer } from '../src/wire/wire-server.ts';
import { engines } from './engines.ts';
import { echo, eventually, type Handle, type HttpLab, startHttpLab } from './http-lab.ts';

const never: Handle = () => undefined;

describe.each(engines)('clients of the engine %s', (_, create) => {
  test('that go away while their request is in work are told of at once', async () => {
    await using _leaks = leakCheck();
    await using lab = await startHttpLab(create, never);

    for (const leave of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const client = await lab.dial();
      client.write(`GET /${leave} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await new Promise((resolve) => setImmediate(resolve));
      client.socket[leave]();
      await eventually(() => lab.closes.includes(`GET /${leave} false`));
    }
  });

  test('that go away in the middle of a body break it off', async () => {
    const reasons: string[] = [];
    const handle: Handle = (request) =>
      void request.readBody(100).catch(({ reason }: { reason: string }) => reasons.push(reason));
    await using lab = await startHttpLab(create, handle);
    const client = await lab.dial();

    client.write('POST /a HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
    await new Promise((resolve) => setImmediate(resolve));
    client.socket.destroy();
    await eventually(() => lab.closes.length > 0 && reasons.length > 0);

    expect([reasons, lab.closes]).toEqual([['BODY_BROKEN_OFF'], ['POST /a false']]);
  });

  test('that have said their last still get the refusal of half a head', async () => {
    await using lab = await startHttpLab(create, echo);
    const client = await lab.dial();

    client.socket.end('GET / HTTP/1.1\r\nhost');
    await client.closed;

    expect([client.text.slice(0, 12), lab.faults]).toEqual(['HTTP/1.1 400', ['malformed']]);
  });

  test('that send no HTTP behind two requests hear both answers before the refusal or the end, and nothing behind it', async () => {
    await using lab = await startHttpLab(create, echo);

    const text = await lab.exchange(
      `${'GET /a HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2)}\0\r\n\r\nGET /hidden HTTP/1.1\r\nhost: x\r\n\r\n`,
    );

    expect(text.match(/GET \/\w+/g)).toEqual(['GET /a', 'GET /a']);
  });
});

/** Lets time pass for the server, and what it does then reach its clients. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) await clock.advance(Math.min(left, 1_000));
}

async function startSlow(handle: Handle): Promise<{ readonly lab: HttpLab; readonly clock: FakeClock }> {
  const clock = new FakeClock();
  const limits = { headTimeoutMs: 4_000, requestTimeoutMs: 9_000, keepAliveMs: 20_000 };
  return { clock, lab: await startHttpLab(createWireServer, handle, { ...limits, clock }) };
}

/** Lets what a client has sent arrive. */
async function arrive(lab: HttpLab): Promise<void> {
  await lab.exchange('GET /marker HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
}

describe('slow clients of the wire', () => {
  test.each([
    ['head within 4 s', 'GET / HTTP/1.1\r\nhost', 3_000, 6_000],
    ['body within 9 s', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n1234', 8_000, 11_000],
  ])('that do not finish their %s are refused with 408', async (_what, bytes, before, after) => {
    const { lab, clock } = await startSlow(echo);
    await using _lab = lab;
    const client = await lab.dial();

    client.write(bytes);
    await arrive(lab);
    await pass(clock, before);
    await arrive(lab);
    expect(client.text).toBe('');
    await pass(clock, after - before);
    await client.closed;

    expect([client.text.slice(0, 12), lab.faults]).toEqual(['HTTP/1.1 408', ['too_slow']]);
  });

  test('that send a byte now and then get no more time for their head', async () => {
    const { lab, clock } = await startSlow(echo);
    await using _lab = lab;
    const client = await lab.dial();

    for (const byte of 'GET / H') {
      client.write(byte);
      await arrive(lab);
      await pass(clock, 1_000);
    }
    await client.closed;

    expect(client.text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('that ask once in 2 s keep a connection whose idle time is 20 s, for 60 s and more', async () => {
    const { lab, clock } = await startSlow(echo);
    await using _lab = lab;
    const client = await lab.dial();

    for (let asked = 1; asked <= 30; asked++) {
      client.write(`GET /${asked} HTTP/1.1\r\nhost: x\r\n\r\n`);
      await client.until(new RegExp(`GET /${asked} $`));
      await pass(clock, 2_000);
    }
    client.write(`GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    await client.closed;

    expect(client.text).toMatch(/GET \/last $/);
  });

  test.each([
    ['that say nothing at all', '', 4_000],
    ['that have had an answer', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', 20_000],
  ])('%s are closed without a word', async (_what, bytes, afterMs) => {
    const { lab, clock } = await startSlow(echo);
    await using _lab = lab;
    const client = await lab.dial();

    client.write(bytes);
    if (bytes !== '') await client.until(/GET \/ $/);
    await arrive(lab);
    await pass(clock, afterMs - 1_000);
    await arrive(lab);
    expect(client.socket.destroyed).toBe(false);
    await pass(clock, 3_000);
    await client.closed;

    expect([client.text, lab.faults]).toEqual(['', []]);
  });

  test('that take nothing of an answer for 60 s are cut, and those that take some are not', async () => {
    const { lab, clock } = await startSlow((_request, answer) =>
      answer.send({ status: 200, fields: [] }, Buffer.alloc(20_000_000)),
    );
    await using _lab = lab;
    const client = await lab.dial();

    client.socket.pause();
    client.write('GET /large HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => client.socket.readableLength > 0);
    await pass(clock, 50_000);
    expect(lab.closes).toEqual([]);
    await pass(clock, 13_000);
    await eventually(() => lab.closes.length > 0);

    expect(lab.closes).toEqual(['GET /large false']);
  });

  test('whose request is in work wait as long as the work takes', async () => {
    const { lab, clock } = await startSlow((request, answer) => {
      if (request.target === '/marker') answer.send({ status: 200, fields: [] });
    });
    await using _lab = lab;
    const client = await lab.dial();

    client.write('GET /a HTTP/1.1\r\nhost: x\r\n\r\n');
    await arrive(lab);
    await pass(clock, 100_000);
    await arrive(lab);

    expect([client.text, client.socket.destroyed, lab.faults]).toEqual(['', false, []]);
  });
});

test('a defect that a request of the wire hits cuts its connection, is told of, and no other connection notices', async () => {
  const defects: unknown[] = [];
  const handle: Handle = (request, answer) => {
    if (request.target === '/defect') throw new RangeError('a defect');
    echo(request, answer);
  };
  await using lab = await startHttpLab(createWireServer, handle, { onDefect: (error) => void defects.push(error) });

  expect(await lab.exchange('GET /defect HTTP/1.1\r\nhost: x\r\n\r\nGET /behind HTTP/1.1\r\nhost: x\r\n\r\n')).toBe('');
  await arrive(lab);

  expect(defects).toEqual([new RangeError('a defect')]);
  expect(lab.closes).toEqual(['GET /defect false', 'GET /marker true']);
});
