import type { MigrationDirectory } from '@mainstay/postgres';

const at = (name: string): URL => new URL(`../migrations/${name}/`, import.meta.url);

/** Tables of a service that tells events. */
export const outboxMigrations: MigrationDirectory = { name: 'messaging-outbox', directory: at('outbox') };

/** Tables of a service that takes events. */
export const inboxMigrations: MigrationDirectory = { name: 'messaging-inbox', directory: at('inbox') };

/** Tables of the database that is the bus. */
export const busMigrations: MigrationDirectory = { name: 'messaging-bus', directory: at('bus') };

/** Tables of a service whose record is events. */
export const eventStoreMigrations: MigrationDirectory = { name: 'messaging-event-store', directory: at('event-store') };
