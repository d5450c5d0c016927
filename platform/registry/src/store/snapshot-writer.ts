import type { Clock, Logger } from '@mainstay/kernel';
import type { RegistryStore, StoredInstance } from './registry-store.ts';

/** How a {@link SnapshotWriter} is made. */
export interface SnapshotWriterOptions {
  readonly store: RegistryStore;
  readonly snapshot: () => readonly StoredInstance[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Changes within this time are saved together, in milliseconds; at most this much is lost by a crash. */
  readonly debounceMs: number;
}

// A full disk is not freed within milliseconds, and each failure is a log line.
const retryMs = 5_000;

/**
 * Saves the table some time after it changed; one save at a time.
 *
 * A save that fails is logged, shown by {@link SnapshotWriter.lastError} and tried again: the registry goes on.
 */
export class SnapshotWriter implements AsyncDisposable {
  readonly #options: SnapshotWriterOptions;
  #cancel: (() => void) | undefined;
  #saving: Promise<void> = Promise.resolve();
  #unsaved = false;
  #disposed = false;
  #lastError: string | undefined;

  constructor(options: SnapshotWriterOptions) {
    this.#options = options;
  }

  /** Why the last save failed; undefined when it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  /** Notes that there is something to save. */
  changed(): void {
    this.#schedule(this.#options.debounceMs);
  }

  #schedule(delayMs: number): void {
    this.#unsaved = true;
    if (this.#disposed || this.#cancel !== undefined) return;
    this.#cancel = this.#options.clock.after(delayMs, () => {
      this.#cancel = undefined;
      this.#save();
    });
  }

  /** Saves what is not saved yet, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    this.#cancel?.();
    if (this.#unsaved) this.#save();
    await this.#saving;
  }

  #save(): void {
    this.#saving = this.#saving.then(async () => {
      this.#unsaved = false;
      try {
        await this.#options.store.save(this.#options.snapshot());
        this.#lastError = undefined;
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        this.#options.logger.error('the table was not saved, it is tried again', { error: this.#lastError });
        this.#schedule(retryMs);
      }
    });
  }
}
