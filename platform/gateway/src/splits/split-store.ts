import type { Split, SplitRecord } from './split.ts';

/** Where splits are kept; every change names the revision that it was made from. */
export interface SplitStore {
  /** Whether splits outlive the processes of this gateway and are those of all replicas. */
  readonly isKept: boolean;
  /** Whether other processes change them, too. */
  readonly isShared: boolean;
  /**
   * Puts a split in the place of the one with this revision; 0 says that there is none.
   *
   * @returns the new revision.
   * @throws {@link PlatformError} `aborted` / `SPLIT_CHANGED` when somebody else changed it meanwhile.
   */
  set(service: string, split: Split, from: number): Promise<number>;
  /**
   * Takes the split of a service away.
   *
   * @throws {@link PlatformError} `aborted` / `SPLIT_CHANGED` when it has another revision, or there is none.
   */
  remove(service: string, from: number): Promise<number>;
  /** Splits that changed after a revision, oldest first, removed ones among them. */
  changesSince(revision: number): Promise<readonly SplitRecord[]>;
}
