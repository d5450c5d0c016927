import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { apiKey, createCaller, hold, startProcessor, temporaryDir } from './processor.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

async function spawnProcessor(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const env = { CARD_PROCESSOR_DATA: dataDir, CARD_PROCESSOR_API_KEY: apiKey, CARD_PROCESSOR_LOG_LEVEL: 'warn' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exit = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the processor ended with ${code}`)));
  const [ready] = await Promise.race([once(child, 'message'), exit]);
  return { child, url: (ready as { address: string }).address };
}

test('books and answers are the same after a restart', async () => {
  await using dir = await temporaryDir();
  const first = await startProcessor(dir.path);
  const held = await first.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k-1' });
  await first.call('POST', `/v1/authorizations/${held.body.id}/capture`, {}, { key: 'k-2' });
  const before = await first.call('GET', '/v1/ledger');
  await first[Symbol.asyncDispose]();

  await using second = await startProcessor(dir.path);
  const again = await second.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k-1' });

  expect((await second.call('GET', '/v1/ledger')).body).toEqual(before.body);
  expect(again.body).toEqual(held.body);
});

test('a kill -9 under 64 calls in flight loses no answered hold', async () => {
  await using _ = leakCheck();
  await using dir = await temporaryDir();
  const { child, url } = await spawnProcessor(dir.path);
  const call = createCaller(url);
  const answered: string[] = [];
  const gone = once(child, 'exit');
  const worker = async (number: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const reference = `order-${number}-${i}`;
      const answer = await call('POST', '/v1/authorizations', hold(reference), { key: reference });
      answered.push(answer.body.id);
      if (answered.length === 500) child.kill('SIGKILL');
    }
  };
  await Promise.allSettled(Array.from({ length: 64 }, (__, number) => worker(number)));
  await gone;

  await using again = await startProcessor(dir.path);
  const { entries } = (await again.call('GET', '/v1/ledger?limit=100000')).body;
  const kept = new Set(entries.map((entry: { authorization_id: string }) => entry.authorization_id));

  expect(answered.length).toBeGreaterThanOrEqual(500);
  expect(answered.filter((id) => !kept.has(id))).toEqual([]);
});

test('a last line cut at any byte is dropped, and the call may be made again', async () => {
  await using dir = await temporaryDir();
  const file = join(dir.path, 'ledger.jsonl');
  const first = await startProcessor(dir.path);
  await first.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k-1' });
  const whole = await readFile(file);
  await first.call('POST', '/v1/authorizations', hold('order-2'), { key: 'k-2' });
  await first[Symbol.asyncDispose]();
  const both = await readFile(file);

  for (const cut of [1, 2, 60, both.length - whole.length - 1]) {
    await writeFile(file, both.subarray(0, whole.length + cut));
    await using processor = await startProcessor(dir.path);
    const again = await processor.call('POST', '/v1/authorizations', hold('order-2'), { key: 'k-2' });

    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBeNull();
    expect((await processor.call('GET', '/v1/ledger')).body.entries).toHaveLength(2);
  }
});

test.each([
  ['text', 'not an entry\n', /ledger\.jsonl line 2/],
  ['a gap in the numbers', '{"sequence":5}\n', /ledger\.jsonl line 2/],
])('damage before the end (%s) stops the start with the line', async (_, damage, message) => {
  await using dir = await temporaryDir();
  const first = await startProcessor(dir.path);
  await first.call('POST', '/v1/authorizations', hold('order-1'), { key: 'k-1' });
  await first[Symbol.asyncDispose]();
  await appendFile(join(dir.path, 'ledger.jsonl'), damage);

  await expect(startProcessor(dir.path)).rejects.toThrow(message);
});

test('the process ends with code 0 on SIGTERM and when its parent lets go, also with a call never answered', async () => {
  await using _ = leakCheck();
  for (const end of [(child: ChildProcess) => child.kill('SIGTERM'), (child: ChildProcess) => child.disconnect()]) {
    await using dir = await temporaryDir();
    const { child, url } = await spawnProcessor(dir.path);
    const call = createCaller(url);
    const silent = call('POST', '/v1/authorizations', hold('order-1', 'tok_timeout'), { key: 'k' });
    const cut = expect(silent).rejects.toThrow('fetch failed');
    await expect.poll(async () => (await call('GET', '/v1/ledger')).body.entries.length).toBe(1);
    end(child);

    expect(await once(child, 'exit')).toEqual([0, null]);
    await cut;
  }
});

test('a missing key is one line on stderr and exit code 1', async () => {
  await using dir = await temporaryDir();
  const child = spawn(process.execPath, [main], {
    env: { CARD_PROCESSOR_DATA: dir.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');

  expect(code).toBe(1);
  expect(stderr).toMatch(/^card-processor: .*CARD_PROCESSOR_API_KEY.*\n$/);
});
