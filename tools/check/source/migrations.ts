import { posix } from 'node:path';

/** A migration file: its path and its text. */
export interface MigrationFile {
  readonly path: string;
  readonly text: string;
}

/** Finds migrations whose first line, name or number breaks the rules of `@mainstay/postgres`. */
export function findBadMigrations(files: readonly MigrationFile[]): string[] {
  const problems: string[] = [];
  const countOf = new Map<string, number>();
  for (const { path, text } of files.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const folder = posix.dirname(path);
    const expected = (countOf.get(folder) ?? 0) + 1;
    countOf.set(folder, expected);
    const name = /^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.sql$/.exec(posix.basename(path));
    if (name === null) problems.push(`${path} is not named NNNN-what-it-does.sql`);
    else if (Number(name[1]) !== expected)
      problems.push(`${path} should have number ${String(expected).padStart(4, '0')}`);
    const firstLine = text.split('\n', 1)[0]?.trim();
    if (firstLine !== '-- compatible' && firstLine !== '-- breaking') {
      problems.push(
        `${path} must begin with "-- compatible" or "-- breaking", it begins with ${JSON.stringify(firstLine)}`,
      );
    }
  }
  return problems;
}
