import { AssertionError } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';

/** How patient a leak check is. */
export interface LeakCheckOptions {
  /** Time that closing handles get, in milliseconds, default 1,000. Only a test that leaks waits this long. */
  readonly graceMs?: number;
}

type Counts = ReadonlyMap<string, number>;

const watchedEvents = ['SIGINT', 'SIGTERM', 'SIGHUP', 'exit', 'beforeExit', 'uncaughtException', 'unhandledRejection'];

/**
 * Fails a test that leaves sockets, servers, child processes, timers or listeners on the process behind.
 *
 * Counts what keeps the process alive now and again when disposed; more of any kind is a leak. What does not keep
 * the process alive, such as an unreferenced timer, is not seen.
 *
 * @throws AssertionError on disposal, naming each kind with its two counts.
 * @example
 * test('closes its socket', async () => {
 *   await using _leaks = leakCheck();
 *   await using server = await startServer();
 * });
 */
export function leakCheck(options: LeakCheckOptions = {}): AsyncDisposable {
  const before = countOpen();
  return {
    async [Symbol.asyncDispose]() {
      const endAtMs = performance.now() + (options.graceMs ?? 1_000);
      let leaks = grown(before, countOpen());
      while (leaks.length > 0 && performance.now() < endAtMs) {
        await pause(5);
        leaks = grown(before, countOpen());
      }
      if (leaks.length > 0) throw new AssertionError({ message: `left open: ${leaks.join(', ')}` });
    },
  };
}

function countOpen(): Counts {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    // File and DNS requests end by themselves.
    if (!kind.endsWith('Req') && kind !== 'Immediate') counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  for (const event of watchedEvents) counts.set(`process listener ${event}`, process.listenerCount(event));
  return counts;
}

function grown(before: Counts, after: Counts): string[] {
  const leaks: string[] = [];
  for (const [kind, count] of after) {
    const had = before.get(kind) ?? 0;
    if (count > had) leaks.push(`${kind} (${had} before, ${count} after)`);
  }
  return leaks;
}
