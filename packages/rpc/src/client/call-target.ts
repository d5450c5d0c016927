import type { Cancellation, PlatformError } from '@mainstay/kernel';
import type { ClientConnection } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';

/** One place that a call can be tried at, for one try. */
export interface CallPlace {
  /** Tells places apart: a call is not tried twice at one while there is another. */
  readonly id: string;
  readonly connection: ClientConnection;
  /** Notes the start of the try. */
  begin(): void;
  /** Notes how the try ended; from the second time on nothing happens. */
  end(failure: PlatformError | undefined): void;
}

/** Where the calls of a transport go. */
export interface CallTarget {
  /** Name of the called service, for logs. */
  readonly service: string;
  /**
   * Chooses where to try next.
   *
   * @param tried - ids of the places tried before in this call; undefined for the first try.
   * @param key - calls of one key go to one place, when the target keeps them together.
   * @throws {@link PlatformError} `unavailable` / `NO_INSTANCE` when there is no place at all.
   */
  choose(tried: ReadonlySet<string> | undefined, key?: string): CallPlace;
  /** Whether there was another place when one was last chosen, so that a second try has where to go; absent: there never is. */
  hasOthers?(): boolean;
  /** Reads the key of a call from its headers or context; absent when the target has no use for one. */
  keyOf?(header: Metadata): string | undefined;
  /** Whether calls that cannot end in time are refused; absent where a call takes no time of its own. */
  refusesHopeless?(): boolean;
  /** Resolves when it is worth choosing again, or on cancellation; absent or undefined when calls do not wait for a place. */
  waitForPlace?(cancellation: Cancellation): Promise<void> | undefined;
}
