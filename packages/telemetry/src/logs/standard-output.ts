import { writeSync } from 'node:fs';

/** Where log lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** Longest wait for a full pipe; then lines are dropped without waiting, because a stuck reader must not stop the service. */
const maxWaitMs = 1_000;
const retryMs = 5;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * Makes a destination that writes each line at once to standard output and never throws.
 *
 * A reader that is gone, a full disk, or a pipe that stays full for a second lose lines, not the process; the next
 * line that can be written is preceded by one that tells how many were lost.
 *
 * @param write - writes some of the bytes to the descriptor and tells how many, or throws; default the system call.
 */
export function standardOutput(write: (bytes: Uint8Array) => number = (bytes) => writeSync(1, bytes)): LogDestination {
  let lost = 0;
  let isLineOpen = false;
  const writeAll = (line: string): boolean => {
    const bytes = Buffer.from(line);
    let written = 0;
    const endAtMs = performance.now() + (lost === 0 ? maxWaitMs : 0);
    while (written < bytes.length) {
      try {
        written += write(written === 0 ? bytes : bytes.subarray(written));
      } catch (error) {
        // The log has no log: a line that cannot be written is counted and told with the next one.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || performance.now() > endAtMs) break;
        Atomics.wait(sleeper, 0, 0, retryMs);
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
