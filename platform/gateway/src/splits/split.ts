import type { MirrorRule } from '../exchange/assignment.ts';

/** One version of a service and how much of its traffic goes there, in proportion to the others. */
export interface VersionShare {
  readonly version: string;
  /** 0 for none: it is reached by override only, or stands by. */
  readonly weight: number;
}

/** Who may choose a version with the header `Mainstay-Version`; nobody else is listened to. */
export interface OverrideRule {
  /** Users with one of these roles. */
  readonly roles: readonly string[];
  /** API keys of these clients. */
  readonly clients: readonly string[];
  /** Everybody, for fleets that nobody outside can reach. */
  readonly everyone: boolean;
}

/** How the traffic of one service is spread over its versions. */
export interface Split {
  readonly versions: readonly VersionShare[];
  /** What keeps a caller on one side: `user`, `key`, or `header:<name>`. */
  readonly by: string;
  /** Splits of different services with one seed send a caller to the same side; default the service's name. */
  readonly seed?: string | undefined;
  /** Version that stands in for one that has no instance or whose circuit is open; default the heaviest other one. */
  readonly fallback?: string | undefined;
  readonly override?: OverrideRule | undefined;
  readonly mirror?: MirrorRule | undefined;
}

/** A split as it is kept. */
export interface SplitRecord {
  readonly service: string;
  /** Undefined when it was removed. */
  readonly split: Split | undefined;
  /** Grows with every change, over all services. */
  readonly revision: number;
  readonly changedAt: Date;
}
