import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('./soak-process.ts', import.meta.url));

test('four rounds of 800 calls of all kinds, an eighth canceled and an eighth failing, hold at most 2 MiB more at the end than after the second', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [script, '4', '800']);
  const rounds = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { inFlight: number; heldBytes: number });

  expect(rounds.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0, 0]);
  expect(rounds[3]!.heldBytes - rounds[1]!.heldBytes).toBeLessThan(2 * 1_048_576);
}, 120_000);
