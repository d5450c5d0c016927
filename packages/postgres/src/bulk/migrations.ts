/** Folder of the tables that {@link bulkImport} needs, for `runMigrations`. */
export const bulkImportMigrations: URL = new URL('../../migrations/', import.meta.url);
