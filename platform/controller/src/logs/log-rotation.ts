import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Logger } from '@mainstay/kernel';
import { rotateLog } from './log-file.ts';

/** Pause between two looks at the sizes, in milliseconds: a log grows past its limit by what is written meanwhile. */
const lookEveryMs = 10_000;

/** Rotates the logs of a directory while their processes write. */
export function startLogRotation(directory: string, clock: Clock, logger: Logger): Disposable {
  let cancel: () => void = () => undefined;
  const look = (): void => {
    try {
      for (const name of readdirSync(directory)) if (name.endsWith('.log')) rotateLog(join(directory, name));
    } catch (error) {
      // A full disk, mostly: the logs stay as they are, and the next look tries again.
      logger.error('logs could not be rotated', { error });
    }
    cancel = clock.after(lookEveryMs, look);
  };
  look();
  return { [Symbol.dispose]: () => cancel() };
}
