import type { ParentMessage } from '@mainstay/service';

/** What a worker said when it was ready. */
export type ReadyMessage = Extract<ParentMessage, { readonly type: 'mainstay.ready' }>;

/** A worker that takes requests, or finishes those that it took. */
export interface ReadyWorker {
  readonly pid: string;
  readonly message: ReadyMessage;
  /** Aborted when it is asked to stop, and when it has ended by itself. */
  readonly leaving: AbortSignal;
  /** Aborted when it has ended. */
  readonly ended: AbortSignal;
}

/** Is told of a worker before it counts as ready. */
export type WorkerListener = (worker: ReadyWorker) => void;

interface Entry {
  readonly worker: ReadyWorker;
  readonly leaving: AbortController;
  readonly ended: AbortController;
}

/** The workers that got ready and have not ended, those that got ready first in front. */
export class ReadyWorkers {
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: WorkerListener[] = [];

  /** Adds a worker that got ready. */
  add(pid: number, message: ReadyMessage): void {
    const [leaving, ended] = [new AbortController(), new AbortController()];
    const worker = { pid: String(pid), message, leaving: leaving.signal, ended: ended.signal };
    this.#entries.set(worker.pid, { worker, leaving, ended });
    for (const listener of this.#listeners) listener(worker);
  }

  /** Notes that one is asked to stop: it finishes what it took. */
  leave(pid: number): void {
    this.#entries.get(String(pid))?.leaving.abort();
  }

  /** Takes away one that ended. */
  end(pid: number): void {
    const entry = this.#entries.get(String(pid));
    this.#entries.delete(String(pid));
    entry?.leaving.abort();
    entry?.ended.abort();
  }

  get(pid: number): ReadyWorker | undefined {
    return this.#entries.get(String(pid))?.worker;
  }

  all(): readonly ReadyWorker[] {
    return [...this.#entries.values()].map(({ worker }) => worker);
  }

  /** Those that take requests; one that was killed is among them until its end is known, a moment later. */
  staying(): readonly ReadyWorker[] {
    return this.all().filter(({ leaving }) => !leaving.aborted);
  }

  /** Calls back for each worker that gets ready from now on. */
  onReady(listener: WorkerListener): void {
    this.#listeners.push(listener);
  }
}
