import { posix } from 'node:path';
import { listWorkspaces, projectFiles, readProjectFile } from '../../workspaces.ts';
import { findUndocumentedExports } from './documented-exports.ts';
import { findBadMigrations } from './migrations.ts';
import { findBadFolderNames } from './names.ts';
import { parseFile } from './parse.ts';
import { findPlainErrors } from './plain-errors.ts';
import { findClientNames, findRemoteCallsInTransactions } from './remote-calls.ts';
import { findUnfinished } from './unfinished.ts';

/** The rules of the house on the whole tree; one sentence for each breach. */
export function checkSources(): string[] {
  const sources = projectFiles('{packages,platform,shop,tools}/**/*.ts');
  const product = sources.filter((path) => !isTest(path));
  return [
    ...product.flatMap((path) => findPlainErrors(parseFile(path))),
    ...findRemoteCalls(product),
    ...sources.flatMap((path) => findUnfinished(parseFile(path))),
    ...publicEntries().flatMap((path) =>
      sources.includes(path)
        ? findUndocumentedExports(path, parseFile)
        : [`${path} is named in exports and does not exist`],
    ),
    ...findBadFolderNames(sources),
    ...findBadMigrations(
      projectFiles('{packages,platform,shop}/**/migrations/*.sql').map((path) => ({
        path,
        text: readProjectFile(path),
      })),
    ),
  ];
}

/** A name means a client within the workspace that says so. */
function findRemoteCalls(product: readonly string[]): string[] {
  return listWorkspaces().flatMap(({ folder }) => {
    const own = product.filter((path) => path.startsWith(`${folder}/`)).map(parseFile);
    const clients = new Set(own.flatMap(findClientNames));
    return own.flatMap((source) => findRemoteCallsInTransactions(source, clients));
  });
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/test/');
}

// Of the packages only: deployables and services are not imported by strangers.
function publicEntries(): string[] {
  const packages = listWorkspaces().filter(({ folder }) => folder.startsWith('packages/'));
  return packages.flatMap(({ folder, manifest }) =>
    Object.values(manifest.exports ?? {}).map((target) => posix.join(folder, target)),
  );
}
