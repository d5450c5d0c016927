import type { Manifest } from '../workspaces.ts';

/** A row of the list of dependencies. */
export interface DependencyRow {
  readonly name: string;
  readonly version: string;
  /** All cells, also name and version. */
  readonly cells: readonly string[];
}

/** Reads the rows of all tables whose first cell is a package name in code. */
export function parseDependencyList(text: string): DependencyRow[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('| `')) return [];
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const [name = '', version = ''] = cells;
    return [{ name: name.replaceAll('`', ''), version, cells }];
  });
}

/** Compares the list with what the workspaces ask for, both ways. */
export function findDependencyListProblems(
  rows: readonly DependencyRow[],
  manifests: readonly { readonly folder: string; readonly manifest: Manifest }[],
): string[] {
  const rowOf = new Map(rows.map((row) => [row.name, row]));
  const wanted = manifests.flatMap(({ folder, manifest }) =>
    externalDependencies(manifest).map(([name, version]) => ({ folder, name, version })),
  );
  const problems = wanted.flatMap(({ folder, name, version }) => {
    const row = rowOf.get(name);
    if (row === undefined) return [`${name} of ${folder} has no line`];
    if (row.version !== version) return [`${folder} asks for ${name} ${version}, the line says ${row.version}`];
    return /^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)
      ? []
      : [`${folder} asks for ${name} ${version}, not exact`];
  });
  const names = new Set(wanted.map(({ name }) => name));
  const unused = rows
    .filter((row) => !names.has(row.name))
    .map((row) => `${row.name} has a line, and nobody asks for it`);
  const twice = rows.filter((row) => rowOf.get(row.name) !== row).map((row) => `${row.name} has two lines`);
  const empty = rows
    .filter((row) => row.cells.length !== 5 || row.cells.some((cell) => cell === ''))
    .map((row) => `the line of ${row.name} does not fill five cells`);
  return [...problems, ...unused, ...twice, ...empty];
}

function externalDependencies(manifest: Manifest): [string, string][] {
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  return Object.entries({ ...all, ...manifest.peerDependencies }).filter(([name]) => !name.startsWith('@mainstay/'));
}
