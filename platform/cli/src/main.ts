#!/usr/bin/env node
import { isPlatformError } from '@mainstay/kernel';
import { createTerminal } from './output/terminal.ts';
import { runProgram } from './program.ts';

// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// The timers of the platform's clock let a process end, and a command that waits must not.
const keepAlive = setInterval(() => undefined, 60_000);
try {
  process.exitCode = await runProgram(process.argv.slice(2), createTerminal(process.stdout));
} catch (error) {
  const text = isPlatformError(error) && error.code !== 'internal' ? error.rawMessage : (error as Error).stack;
  process.stderr.write(`mainstay: ${text}\n`);
  process.exitCode = 1;
} finally {
  clearInterval(keepAlive);
}
