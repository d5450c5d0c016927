/** Folder of this package's migrations, for `runMigrations`; before the service's own. */
export const leaseMigrations: URL = new URL('../migrations/', import.meta.url);
