import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PlatformError } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';

/** A folder of migrations with the name that prefixes them; a bare URL takes the name of the package folder around `migrations/`. */
export type MigrationDirectory = URL | { readonly name: string; readonly directory: URL };

/** May the version before run on the schema after it? `breaking` means no. */
export type MigrationKind = 'compatible' | 'breaking';

/** One file, read and checked. */
export interface Migration {
  /** Name of the folder's owner, for example `orders`. */
  readonly set: string;
  /** 1 and up, without gaps within a set. */
  readonly number: number;
  /** `<set>/<file name without .sql>`, unique. */
  readonly name: string;
  readonly kind: MigrationKind;
  /** SHA-256 of the text in hex, line ends unified. */
  readonly checksum: string;
  readonly text: string;
}

const fileShape = /^(\d{4})-[a-z0-9]+(?:-[a-z0-9]+)*\.sql$/;

function invalid(message: string, cause?: unknown): PlatformError {
  return new PlatformError(reasons.MIGRATION_INVALID, message, { cause });
}

/** Reads the migrations of several folders, in the order of the folders and of the numbers within each. */
export async function readMigrations(directories: readonly MigrationDirectory[]): Promise<readonly Migration[]> {
  const sets = directories.map(namedDirectory);
  const names = sets.map((set) => set.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`two migration folders are named ${twice}`);
  return (await Promise.all(sets.map((set) => readSet(set.name, set.directory)))).flat();
}

function namedDirectory(entry: MigrationDirectory): { readonly name: string; readonly directory: URL } {
  if (!(entry instanceof URL)) return entry;
  const path = fileURLToPath(entry);
  const own = basename(path);
  return { name: own === 'migrations' ? basename(dirname(path)) : own, directory: entry };
}

async function readSet(set: string, directory: URL): Promise<readonly Migration[]> {
  const path = fileURLToPath(directory);
  const entries = await readdir(path).catch((cause: unknown) => {
    throw invalid(`the migration folder of ${set} cannot be read`, cause);
  });
  const files = entries.filter((entry) => entry.endsWith('.sql')).sort();
  const migrations = await Promise.all(
    files.map(async (file) => parseMigration(set, file, await readFile(new URL(file, withSlash(path)), 'utf8'))),
  );
  migrations.forEach((migration, index) => {
    if (migration.number === index + 1) return;
    const problem = migration.number <= index ? 'is a duplicate number' : `leaves a gap: ${index + 1} is missing`;
    throw invalid(`migration ${migration.name} ${problem}`);
  });
  return migrations;
}

function withSlash(path: string): URL {
  return pathToFileURL(path.endsWith('/') ? path : `${path}/`);
}

/** Checks one file: its name, and its first line `-- compatible` or `-- breaking`. */
export function parseMigration(set: string, file: string, content: string): Migration {
  const match = fileShape.exec(file);
  if (match === null) throw invalid(`migration file ${set}/${file} must be named like 0001-create-orders.sql`);
  const text = content.replaceAll('\r\n', '\n');
  const kind = /^-- (compatible|breaking)\s*(?:\n|$)/.exec(text)?.[1] as MigrationKind | undefined;
  if (kind === undefined) {
    throw invalid(`migration ${set}/${file} must have -- compatible or -- breaking as its first line`);
  }
  const checksum = createHash('sha256').update(text).digest('hex');
  return { set, number: Number(match[1]), name: `${set}/${file.slice(0, -'.sql'.length)}`, kind, checksum, text };
}
