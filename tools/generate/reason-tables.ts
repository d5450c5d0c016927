import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Reason } from '@mainstay/kernel';
import { projectFiles, root } from '../workspaces.ts';

/** The reasons that one workspace declares. */
export interface ReasonTable {
  /** Folder of the workspace, for example `packages/postgres`. */
  readonly folder: string;
  /** Sorted by name. */
  readonly reasons: readonly Reason[];
}

/** Every table of reasons in the tree: what the `src/errors.ts` files, and the kernel's own, export. */
export async function collectReasonTables(): Promise<ReasonTable[]> {
  const files = projectFiles(
    '{packages,platform,shop}/*/src/errors.ts',
    'packages/kernel/src/errors/kernel-reasons.ts',
  );
  const tables = files.map(async (path): Promise<ReasonTable> => {
    const module = (await import(pathToFileURL(join(root, path)).href)) as Record<string, unknown>;
    const reasons = Object.values(module)
      .filter(isReasonRecord)
      .flatMap((record) => Object.values(record));
    return { folder: path.split('/').slice(0, 2).join('/'), reasons: reasons.toSorted(byName) };
  });
  return (await Promise.all(tables)).filter((table) => table.reasons.length > 0);
}

/** Finds names that more than one workspace declares, and names that are not `AREA_MEANING`. */
export function findReasonProblems(tables: readonly ReasonTable[]): string[] {
  const ownerOf = new Map<string, string>();
  const problems: string[] = [];
  for (const { folder, reasons } of tables) {
    for (const { name } of reasons) {
      const owner = ownerOf.get(name);
      if (owner === undefined) ownerOf.set(name, folder);
      else problems.push(`${name} is declared by ${owner} and by ${folder}; a reason belongs to one`);
      if (!/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name)) problems.push(`${folder}: ${name} is not in upper snake case`);
    }
  }
  return problems;
}

function isReasonRecord(value: unknown): value is Readonly<Record<string, Reason>> {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value as Record<string, unknown>);
  return entries.length > 0 && entries.every(([key, row]) => isReasonNamed(row, key));
}

function isReasonNamed(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const row = value as Partial<Reason>;
  return row.name === name && typeof row.code === 'string' && typeof row.executed === 'string';
}

function byName(a: Reason, b: Reason): number {
  return a.name < b.name ? -1 : 1;
}
