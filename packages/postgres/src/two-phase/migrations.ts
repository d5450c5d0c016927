import type { MigrationDirectory } from '../migrations/migration-files.ts';

/** Folder of the table that a coordinator keeps its decisions in, for `runMigrations` of that database. */
export const twoPhaseMigrations: MigrationDirectory = {
  name: 'two-phase',
  directory: new URL('../../two-phase-migrations/', import.meta.url),
};
