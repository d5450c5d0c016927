import { writeSync } from 'node:fs';

/** Where log lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** What the destination asks of the system; tests replace it. */
export interface OutputSystem {
  /** Writes some of the bytes and tells how many, or throws. */
  write(bytes: Uint8Array): number;
  /** Holds the whole thread. */
  waitMs(ms: number): void;
}

const retryMs = 5;
/** Waits for a full pipe, a second together; then lines are dropped at once, because a stuck reader must not stop the service. */
const maxWaits = 200;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const realSystem: OutputSystem = {
  write: (bytes) => writeSync(1, bytes),
  waitMs: (ms) => void Atomics.wait(sleeper, 0, 0, ms),
};

/**
 * Makes a destination that writes each line at once to standard output and never throws.
 *
 * A reader that is gone, a full disk, or a pipe that stays full for a second lose lines, not the process; the next
 * line that can be written is preceded by one that tells how many were lost.
 */
export function standardOutput(system: OutputSystem = realSystem): LogDestination {
  let lost = 0;
  let isLineOpen = false;
  const writeAll = (line: string): boolean => {
    const bytes = Buffer.from(line);
    let written = 0;
    let waitsLeft = lost === 0 ? maxWaits : 0;
    while (written < bytes.length) {
      try {
        written += system.write(written === 0 ? bytes : bytes.subarray(written));
      } catch (error) {
        // The log has no log: a line that cannot be written is counted and told with the next one.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || waitsLeft === 0) break;
        waitsLeft -= 1;
        system.waitMs(retryMs);
      }
    }
    if (written > 0) isLineOpen = written < bytes.length;
    return written === bytes.length;
  };
  return {
    write(line) {
      const before = lost === 0 ? '' : `${isLineOpen ? '\n' : ''}${lostLine(lost)}`;
      if (!writeAll(before + line)) lost += 1;
      else lost = 0;
    },
  };
}

function lostLine(count: number): string {
  const time = new Date().toISOString();
  return `${JSON.stringify({ level: 'warn', time, msg: 'log lines were lost', lost_lines: count })}\n`;
}
