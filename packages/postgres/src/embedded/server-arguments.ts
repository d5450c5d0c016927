/**
 * Command line of the server. Everything is set here and nothing in `postgresql.conf`, so that a data folder of an older release gets
 * the settings of this one.
 */
export function serverArguments(options: {
  readonly folder: string;
  readonly port: number;
  readonly fsync: boolean;
  readonly maxConnections: number;
  readonly maxPreparedTransactions: number;
}): readonly string[] {
  const settings: Readonly<Record<string, string | number>> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: options.port,
    max_connections: options.maxConnections,
    max_prepared_transactions: options.maxPreparedTransactions,
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // Errors of statements go to the client, which logs them; here they would only spread row values into one more file.
    log_min_messages: 'log',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    ...(options.fsync ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return ['-D', options.folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
