import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { leakCheck } from './leak-check.ts';

test('passes when everything opened is closed', async () => {
  await using _leaks = leakCheck();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  await new Promise((resolve) => server.close(resolve));
});

test('names a server that is still listening', async () => {
  const leaks = leakCheck({ graceMs: 0 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  await expect(leaks[Symbol.asyncDispose]()).rejects.toThrow(/TCPServerWrap \(0 before, 1 after\)/);

  await new Promise((resolve) => server.close(resolve));
});

test('names a timer that is still running', async () => {
  const leaks = leakCheck({ graceMs: 0 });
  const timer = setTimeout(() => undefined, 60_000);

  await expect(leaks[Symbol.asyncDispose]()).rejects.toThrow(/Timeout/);

  clearTimeout(timer);
});

test('names a listener left on the process', async () => {
  const leaks = leakCheck({ graceMs: 0 });
  const listener = (): void => undefined;
  process.on('SIGHUP', listener);

  await expect(leaks[Symbol.asyncDispose]()).rejects.toThrow('process listener SIGHUP (0 before, 1 after)');

  process.off('SIGHUP', listener);
});

test('waits for a handle that closes within the grace time', async () => {
  const leaks = leakCheck({ graceMs: 5_000 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  setImmediate(() => server.close());

  await expect(leaks[Symbol.asyncDispose]()).resolves.toBeUndefined();
});
