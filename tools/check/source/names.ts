const drawers = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'shared', 'misc', 'types', 'lib']);

/** Finds folders named after nothing in particular, and names that are not kebab-case. */
export function findBadFolderNames(paths: readonly string[]): string[] {
  const folders = new Set(paths.flatMap((path) => prefixes(path)));
  return [...folders].toSorted().flatMap((folder) => {
    const name = folder.split('/').at(-1) ?? '';
    if (drawers.has(name)) return [`${folder}/ is a drawer; name the folder after what its files do`];
    if (!/^\.?[a-z0-9]+(-[a-z0-9]+)*$/.test(name)) return [`${folder}/ is not in kebab-case`];
    return [];
  });
}

function prefixes(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
