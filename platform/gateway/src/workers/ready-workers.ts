import type { ParentMessage } from '@mainstay/service';

/** What a worker said when it was ready. */
export type ReadyMessage = Extract<ParentMessage, { readonly type: 'mainstay.ready' }>;

/** A worker that takes requests, or finishes those that it took. */
export interface ReadyWorker {
  readonly pid: string;
  readonly message: ReadyMessage;
  /** Aborted when it has ended. */
  readonly ended: AbortSignal;
}

/** Is told of a worker before it counts as ready. */
export type WorkerListener = (worker: ReadyWorker) => void;

/** The workers that got ready and have not ended, those that got ready first in front. */
export class ReadyWorkers {
  readonly #workers = new Map<string, ReadyWorker>();
  readonly #endings = new Map<string, AbortController>();
  readonly #listeners: WorkerListener[] = [];

  /** Adds a worker that got ready. */
  add(pid: number, message: ReadyMessage): void {
    const ending = new AbortController();
    const worker = { pid: String(pid), message, ended: ending.signal };
    this.#endings.set(worker.pid, ending);
    this.#workers.set(worker.pid, worker);
    for (const listener of this.#listeners) listener(worker);
  }

  /** Takes away one that ended. */
  end(pid: number): void {
    this.#workers.delete(String(pid));
    this.#endings.get(String(pid))?.abort();
    this.#endings.delete(String(pid));
  }

  get(pid: number): ReadyWorker | undefined {
    return this.#workers.get(String(pid));
  }

  all(): readonly ReadyWorker[] {
    return [...this.#workers.values()];
  }

  /** Calls back for each worker that gets ready from now on. */
  onReady(listener: WorkerListener): void {
    this.#listeners.push(listener);
  }
}
