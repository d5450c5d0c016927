import { expect, test } from 'vitest';
import { explainStart, toStartError } from './start-failed.ts';

const said: readonly (readonly [said: string, line: string])[] = [
  ['initdb: error: could not create file "x": No space left on device', 'the disk of /data is full'],
  ['ENOSPC: no space left on device, write', 'the disk of /data is full'],
  ['EDQUOT: disk quota exceeded, write', 'the disk of /data is full'],
  ['EROFS: read-only file system, mkdir', 'the disk of /data is read-only'],
  ["ENOENT: no such file or directory, mkdir '/data'", '/data cannot be made: its disk is missing or read-only'],
  ["EACCES: permission denied, mkdir '/data'", 'no permission to use /data for the embedded PostgreSQL'],
  [
    'initdb: error: could not access directory "x": Permission denied',
    'no permission to use /data for the embedded PostgreSQL',
  ],
  [
    "ENOTDIR: not a directory, mkdir '/data/x'",
    '/data cannot be a data folder: it, or something in its path, is a file',
  ],
  [
    'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets',
    'the port of the embedded PostgreSQL is in use by another program',
  ],
  [
    'LOG:  could not bind IPv4 address "127.0.0.1": Permission denied\nFATAL:  could not create any TCP/IP sockets',
    'the port of the embedded PostgreSQL needs more rights; choose one above 1023',
  ],
  ['FATAL:  lock file "postmaster.pid" already exists', 'another PostgreSQL server still uses /data'],
  [
    'FATAL:  could not map anonymous shared memory: Cannot allocate memory',
    'there is not enough memory to start PostgreSQL',
  ],
  ['LOG:  starting\n2026 [1] FATAL:  something new', 'the embedded PostgreSQL did not start: something new'],
  ['', 'the embedded PostgreSQL did not start: it ended without a message'],
];

test.each(said)('%j becomes one line', (text, line) => {
  expect(explainStart(text, '/data')).toBe(line);
  expect(toStartError(new Error(text), '/data')).toMatchObject({ reason: 'EMBEDDED_START_FAILED', rawMessage: line });
});
