import { closeSync, writeSync } from 'node:fs';
import type { Logger } from '@mainstay/kernel';
import { createLogger } from '@mainstay/telemetry';
import { openLog } from './log-file.ts';

/** Opens the controller's own log; disposing closes the file. */
export function openControllerLog(path: string): Disposable & { readonly logger: Logger } {
  const file = openLog(path);
  let isOpen = true;
  const write = (line: string): void => {
    // The last words of a stopping fleet may come after the end.
    if (isOpen) writeSync(file, line);
  };
  return {
    logger: createLogger({ service: 'controller', destination: { write } }),
    [Symbol.dispose]() {
      isOpen = false;
      closeSync(file);
    },
  };
}
