import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';

/** The error of a server that cannot be prepared or started. */
export function startFailed(message: string, cause?: unknown): PlatformError {
  return new PlatformError(reasons.EMBEDDED_START_FAILED, message, { cause });
}

interface Rule {
  readonly pattern: RegExp;
  readonly message: (dataDir: string) => string;
}

const rules: readonly Rule[] = [
  {
    pattern: /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/,
    message: (dir) => `the disk of ${dir} is full`,
  },
  // Node reports ENOENT when it makes a folder on a disk that is mounted read-only.
  { pattern: /ENOENT.*mkdir/, message: (dir) => `${dir} cannot be made: its disk is missing or read-only` },
  { pattern: /Read-only file system|EROFS/, message: (dir) => `the disk of ${dir} is read-only` },
  {
    pattern: /could not bind IPv4 address "[^"]*": Address already in use|EADDRINUSE/,
    message: () => 'the port of the embedded PostgreSQL is in use by another program',
  },
  {
    pattern: /could not bind IPv4 address "[^"]*": Permission denied/,
    message: () => 'the port of the embedded PostgreSQL needs more rights; choose one above 1023',
  },
  {
    pattern: /lock file "postmaster\.pid" already exists|pre-existing shared memory block/,
    message: (dir) => `another PostgreSQL server still uses ${dir}`,
  },
  {
    pattern: /Permission denied|Operation not permitted|EACCES|EPERM/,
    message: (dir) => `no permission to use ${dir} for the embedded PostgreSQL`,
  },
  {
    pattern: /ENOTDIR|EEXIST|Not a directory/,
    message: (dir) => `${dir} cannot be a data folder: it, or something in its path, is a file`,
  },
  {
    pattern: /could not map anonymous shared memory|Cannot allocate memory/,
    message: () => 'there is not enough memory to start PostgreSQL',
  },
];

/**
 * Says in one line why a start failed, from what PostgreSQL or the system said.
 *
 * @param said - output of the server or message of the system's error.
 */
export function explainStart(said: string, dataDir: string): string {
  for (const { pattern, message } of rules) {
    if (pattern.test(said)) return message(dataDir);
  }
  const fatal = /(?:FATAL|PANIC|error):\s+(.*)/.exec(said)?.[1] ?? said.trim().split('\n').at(-1) ?? '';
  return `the embedded PostgreSQL did not start: ${fatal || 'it ended without a message'}`;
}

/** Turns an error of the system into one clear line; errors that are clear already pass. */
export function toStartError(error: unknown, dataDir: string): PlatformError {
  if (isPlatformError(error)) return error;
  return startFailed(explainStart(error instanceof Error ? error.message : String(error), dataDir), error);
}
