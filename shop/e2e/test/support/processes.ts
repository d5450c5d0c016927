import { kill } from 'node:process';

/** Waits until a condition holds, looking every 100 ms; fails with its last answer after the limit. */
export async function until<T>(
  what: string,
  look: () => Promise<T>,
  options: { readonly holds: (value: T) => boolean; readonly withinMs: number },
): Promise<T> {
  const limit = Date.now() + options.withinMs;
  for (;;) {
    const value = await look();
    if (options.holds(value)) return value;
    if (Date.now() > limit)
      throw new Error(`${what} did not hold within ${options.withinMs} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Ends a process without a goodbye. */
export function kill9(pid: number): void {
  kill(pid, 'SIGKILL');
}
