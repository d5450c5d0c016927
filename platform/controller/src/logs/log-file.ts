import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  truncateSync,
} from 'node:fs';

/** Size at which a log is rotated, in bytes: a few hours of a busy service, quickly searched. */
const maxLogBytes = 10 * 1_024 * 1_024;

/** Older parts that are kept: `orders.log.1` is the newest. */
const keptCount = 4;

/**
 * Opens a log for appending, to be handed to a process as its output.
 *
 * The process writes to the file itself, not through the controller: it costs the controller nothing, and a process
 * can still tell what it does after the controller was killed.
 */
export function openLog(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);
}

/** Bytes in a log; 0 when there is none. */
export function logSize(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

/**
 * Rotates a log that has grown past its limit, while its process goes on writing.
 *
 * The process keeps its open file, so the content is copied and the file cut to nothing. A line written between the
 * two, a few microseconds, is lost.
 */
export function rotateLog(path: string, limitBytes: number = maxLogBytes): boolean {
  if (logSize(path) < limitBytes) return false;
  for (let i = keptCount - 1; i >= 1; i--) {
    if (existsSync(`${path}.${i}`)) renameSync(`${path}.${i}`, `${path}.${i + 1}`);
  }
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
  return true;
}

/**
 * What a process said on stderr before it ended: of the lines since an offset that are no JSON, the last one that
 * names an error, else the last.
 */
export function lastWords(path: string, sinceBytes: number): string | undefined {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(16_384);
    const start = Math.max(sinceBytes, logSize(path) - buffer.length);
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, start));
    const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
    return lines.findLast((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)?.trim();
  } finally {
    closeSync(fd);
  }
}
