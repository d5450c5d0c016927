/** A source file and the files it imports, by their paths from the root. */
export interface ImportingModule {
  readonly source: string;
  readonly dependencies: readonly { readonly resolved: string }[];
}

/**
 * Finds folders of one package that import each other in a circle, each with one import for every step.
 *
 * The rooms of a package are the folders and files directly below its `src`; tests may reach everywhere.
 *
 * @returns one line an import between rooms that stand in a circle; empty when there is none.
 */
export function folderCircles(modules: readonly ImportingModule[]): readonly string[] {
  const imports = modules
    .filter(({ source }) => !source.includes('.test.'))
    .flatMap(({ source, dependencies }) => dependencies.map(({ resolved }) => between(source, resolved)))
    .filter((one) => one !== undefined);
  return inCircles(imports).map(({ from, to, example }) => `${from} -> ${to}: ${example}`);
}

interface RoomImport {
  readonly from: string;
  readonly to: string;
  readonly example: string;
}

function between(source: string, resolved: string): RoomImport | undefined {
  const from = roomOf(source);
  const to = roomOf(resolved);
  if (from === undefined || to === undefined || from === to || packageOf(from) !== packageOf(to)) return undefined;
  return { from, to, example: `${source} -> ${resolved}` };
}

const room = /^((?:packages|platform|shop)\/[^/]+\/src|tools)\/[^/]+/;

function roomOf(path: string): string | undefined {
  return room.exec(path)?.[0];
}

function packageOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Takes away rooms that import nothing or that nobody imports until only circles, and what stands between them, are left. */
function inCircles(imports: readonly RoomImport[]): readonly RoomImport[] {
  const importers = new Set(imports.map(({ from }) => from));
  const imported = new Set(imports.map(({ to }) => to));
  const left = imports.filter(({ from, to }) => importers.has(to) && imported.has(from));
  if (left.length !== imports.length) return inCircles(left);
  return [...new Map(left.map((one) => [`${one.from} ${one.to}`, one])).values()];
}
