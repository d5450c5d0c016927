import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { median } from './statistics.ts';

const times = 200;
const block = Buffer.alloc(8_192, 1);

/** Median time to write 8 KiB and have the disk confirm it, in a folder: the least a lone commit can take. */
export function syncMicroseconds(folder: string): number {
  const path = join(folder, 'sync-microseconds');
  const file = openSync(path, 'w');
  const taken: number[] = [];
  for (let n = 0; n < times; n++) {
    const startedMs = performance.now();
    writeSync(file, block, 0, block.length, (n % 64) * block.length);
    fdatasyncSync(file);
    taken.push((performance.now() - startedMs) * 1_000);
  }
  closeSync(file);
  rmSync(path);
  return median(taken);
}
