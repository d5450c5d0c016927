import type { Assignment } from '../exchange/assignment.ts';
import { type CompiledSplit, compileSplit, type SplitCaller } from './compile-split.ts';
import type { SplitStore } from './split-store.ts';

/**
 * The splits in force in this process.
 *
 * A change is taken over between two requests: those under way go on where they are. What another replica changed is
 * known when {@link SplitBook.refresh} has run; while the record is away what is known goes on.
 */
export class SplitBook {
  readonly #store: Pick<SplitStore, 'changesSince'>;
  readonly #byService = new Map<string, CompiledSplit>();
  #revision = 0;

  constructor(store: Pick<SplitStore, 'changesSince'>) {
    this.#store = store;
  }

  /** True while no service has a split, so that requests need not ask. */
  get isEmpty(): boolean {
    return this.#byService.size === 0;
  }

  /** Takes over what changed since the last time. */
  async refresh(): Promise<void> {
    for (const { service, split, ...record } of await this.#store.changesSince(this.#revision)) {
      if (record.revision <= this.#revision) continue;
      this.#revision = record.revision;
      if (split === undefined) this.#byService.delete(service);
      else this.#byService.set(service, compileSplit({ service, split, ...record }));
    }
  }

  /** Where a request goes; undefined for a service without a split. */
  assign(service: string, caller: SplitCaller): Assignment | undefined {
    return this.#byService.get(service)?.assign(caller);
  }

  get(service: string): CompiledSplit['record'] | undefined {
    return this.#byService.get(service)?.record;
  }

  all(): readonly CompiledSplit['record'][] {
    return [...this.#byService.values()].map(({ record }) => record);
  }
}
