import { afterEach, expect, test, vi } from 'vitest';
import { runProgram } from '../src/index.ts';
import { keyVariable, randomKey } from '../src/lb-bench/bench-identity.ts';
import { openLab } from '../src/lb-bench/lab.ts';
import type { BenchReport } from '../src/lb-bench/run-bench.ts';
import { recordingTerminal } from './recording-terminal.ts';

async function check(...args: string[]): Promise<BenchReport & { readonly exitCode: number }> {
  const terminal = recordingTerminal();
  const exitCode = await runProgram(['lb-bench', '--clients', '1', '--connections', '1', ...args, '--json'], terminal);
  return { ...(JSON.parse(terminal.text()) as BenchReport), exitCode };
}

afterEach(() => vi.unstubAllEnvs());

test('5: what others set up is balanced only when calls pass its proxy, and the proxy counted as many as the client', async () => {
  vi.stubEnv(keyVariable, randomKey());
  await using lab = await openLab(3, { policy: 'round_robin' }, process.env);
  const proxied = ['--expect-servers', '3', '--through-proxy', '--requests', '30'];

  const through = await check('--target', lab.l7.address, ...proxied);
  const around = await check('--target', lab.instances.map(({ address }) => address).join(','), ...proxied);
  const { passedOn = {} } = await lab.l7.report();

  expect([through.exitCode, through.rows[0]?.distribution.verdict]).toEqual([0, 'even']);
  expect([around.exitCode, around.rows[0]?.distribution.verdict]).toEqual([1, 'bypassed']);
  expect(Object.values(passedOn)).toEqual([10, 10, 10]);
}, 60_000);

test('calls that fail make the answer 1, and the first reason is told', async () => {
  const { exitCode, rows } = await check('--target', '127.0.0.1:1', '--requests', '2');

  expect([exitCode, rows[0]?.failed, rows[0]?.firstFailure]).toEqual([1, 2, 'PEER_UNREACHABLE']);
}, 60_000);
