/** Folder of the SQL files that create the engine's tables in the user's database; give it to `runMigrations`. */
export const sagaMigrations: URL = new URL('../migrations/', import.meta.url);
