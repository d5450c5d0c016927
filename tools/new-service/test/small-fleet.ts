import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** Leaves only these processes in the fleet file of a tree, so that it starts fast. */
export async function shrinkFleet(tree: string, names: readonly string[]): Promise<void> {
  const path = join(tree, 'fleet.yaml');
  const fleet = parse(await readFile(path, 'utf8')) as { processes: { name: string }[] };
  const processes = fleet.processes.filter(({ name }) => names.includes(name));
  await writeFile(path, stringify({ ...fleet, processes, ready: [], notes: [] }));
}
