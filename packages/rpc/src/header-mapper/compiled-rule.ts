import type { HeaderRule } from './header-rule.ts';
import type { CompiledTransform } from './transforms.ts';

/** A rule with everything decided that can be. */
export interface CompiledRule extends HeaderRule {
  /** In lower case. */
  readonly http: string;
  readonly isSecret: boolean;
  readonly longest: number;
  readonly transform: CompiledTransform;
  readonly makeDefault: () => string | undefined;
}

/** How often headers were mapped, and values or requests refused. */
export interface HeaderStats {
  readonly incoming: number;
  readonly outgoing: number;
  readonly failed: number;
}

/** What is asked to be mapped. */
export interface HeaderRequest {
  readonly path: string;
  /** Reads a header of the request by its name in lower case. */
  readonly read: (name: string) => string | undefined;
  /** True when the values stand under their metadata keys and were transformed before; default false. */
  readonly isMapped?: boolean;
}
