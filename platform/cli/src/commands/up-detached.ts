import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { isPlatformError, PlatformError, systemClock } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { createProgress } from '../output/progress.ts';
import { printSummary } from '../output/summary.ts';
import type { Terminal } from '../output/terminal.ts';
import { findProject } from '../project.ts';
import { listenToStop } from '../stop-signals.ts';
import type { DetachedMessage } from './detached-messages.ts';
import type { UpOptions } from './up-options.ts';

/**
 * Starts the fleet under a controller in a session of its own and returns when it is ready.
 *
 * Ctrl-C before that stops what was started.
 */
export async function upDetached(options: UpOptions, terminal: Terminal): Promise<number> {
  const startedAtMs = systemClock.monotonicMs();
  const { root, dataDir } = findProject(options);
  const main = fileURLToPath(new URL('../main.ts', import.meta.url));
  const flags = [options.single === true ? '--single' : [], options.mtls === true ? '--mtls' : []].flat();
  const more = [...flags, '--port-offset', String(options.portOffset ?? 0)];
  const args = [main, 'up', '--reporting', '--root', root, '--data', dataDir, ...more];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  using stop = listenToStop(() => terminal.line('stopping'));
  stop.signal.addEventListener('abort', () => child.kill('SIGTERM'));
  stop.forceSignal.addEventListener('abort', () => child.kill('SIGTERM'));
  const progress = createProgress(terminal);
  const end = Promise.withResolvers<Extract<DetachedMessage, { type: 'up' }>>();
  child.on('message', (message: DetachedMessage) => {
    if (message.type === 'event') progress.onEvent(message.event);
    else if (message.type === 'up') end.resolve(message);
    else end.reject(new PlatformError(cliReasons.CLI_DETACHED_START_FAILED, message.message));
  });
  child.on('exit', (code, signal) => {
    const message = `the controller ended with ${signal ?? `code ${code}`} before the fleet was up`;
    end.reject(new PlatformError(cliReasons.CLI_DETACHED_START_FAILED, message));
  });
  try {
    const { notes, status } = await end.promise;
    progress.finish();
    const tookMs = systemClock.monotonicMs() - startedAtMs;
    printSummary(terminal, { notes, status, tookMs, isDetached: true });
    child.unref();
    return 0;
  } catch (error) {
    progress.finish();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    if (stop.signal.aborted && isPlatformError(error)) return 130;
    throw error;
  }
}
