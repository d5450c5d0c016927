import type { Entry } from '../domain/entry.ts';

/** What of an entry outlives the registry process: all but the silence, which starts anew. */
export type StoredInstance = Omit<Entry, 'silence' | 'dueAtMs'>;

/**
 * Keeps the table over a restart of the registry.
 *
 * Not the truth: instances register again by themselves when the registry does not know them. A store only saves
 * them and their callers the time until then.
 */
export interface RegistryStore {
  /** What was saved last; empty at the first start. */
  load(): Promise<readonly StoredInstance[]>;
  /** Replaces what was saved, all or nothing; never called twice at once. */
  save(instances: readonly StoredInstance[]): Promise<void>;
}

/** Picks what a store keeps of an entry. */
export function toStored({ silence: _silence, dueAtMs: _dueAtMs, ...stored }: Entry): StoredInstance {
  return stored;
}

/** Keeps nothing; after a restart instances register again by themselves. */
export const forgetfulStore: RegistryStore = {
  load: async () => [],
  save: async () => undefined,
};
