import type { Clock } from '@mainstay/kernel';

/** Names of services that changed since they were last taken; one consumer. */
export class ChangedServices {
  readonly #wanted: ReadonlySet<string> | undefined;
  readonly #changed = new Set<string>();
  #wake: (() => void) | undefined;

  /** @param services - names of interest; empty means all. */
  constructor(services: readonly string[]) {
    this.#wanted = services.length === 0 ? undefined : new Set(services);
  }

  add(service: string): void {
    if (this.#wanted !== undefined && !this.#wanted.has(service)) return;
    this.#changed.add(service);
    this.#wake?.();
  }

  /** Takes the names as soon as there is one; empty after the limit or when the signal aborts. */
  async take(wait: {
    readonly clock: Clock;
    readonly limitMs: number;
    readonly signal: AbortSignal;
  }): Promise<readonly string[]> {
    if (this.#changed.size === 0 && !wait.signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = wait.clock.after(wait.limitMs, resolve);
      const onAbort = (): void => resolve();
      wait.signal.addEventListener('abort', onAbort, { once: true });
      this.#wake = resolve;
      await promise;
      this.#wake = undefined;
      cancel();
      wait.signal.removeEventListener('abort', onAbort);
    }
    const names = [...this.#changed];
    this.#changed.clear();
    return names;
  }
}
