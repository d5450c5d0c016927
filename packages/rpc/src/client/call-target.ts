import type { PlatformError } from '@mainstay/kernel';
import type { ClientConnection } from '../engine/engine.ts';

/** One place that a call can be tried at. */
export interface CallPlace {
  /** Tells places apart: a call is not tried twice at one while there is another. */
  readonly id: string;
  readonly connection: ClientConnection;
  /** Notes the start of a try; call the returned function once with how it ended. */
  begin(): (failure: PlatformError | undefined) => void;
}

/** Where the calls of a transport go. */
export interface CallTarget {
  /** Name of the called service, for logs. */
  readonly service: string;
  /**
   * Chooses where to try next.
   *
   * @param tried - ids of the places tried before in this call.
   * @throws {@link PlatformError} `unavailable` / `NO_INSTANCE` when there is no place at all.
   */
  choose(tried: ReadonlySet<string>): CallPlace;
}
