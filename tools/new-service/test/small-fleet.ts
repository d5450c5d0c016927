import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** Leaves only these processes in the fleet file of a tree, so that it starts fast. */
export async function shrinkFleet(tree: string, names: readonly string[]): Promise<void> {
  const path = join(tree, 'fleet.yaml');
  const fleet = parse(await readFile(path, 'utf8')) as { processes: { name: string }[] };
  const processes = fleet.processes.filter(({ name }) => names.includes(name));
  await writeFile(path, stringify({ ...fleet, processes, ready: [], notes: [] }));
}

/** Finds an offset by which all these fixed ports are free. */
export async function freeOffset(ports: readonly number[]): Promise<number> {
  for (let offset = 1_000 + (process.pid % 5_000); ; offset += 7) {
    const free = await Promise.all(ports.map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
