import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';

/** What a verified token says. */
export interface Caller {
  readonly identity: Identity;
  /** Unix milliseconds at which the token is no longer taken; undefined for a caller without one. */
  readonly endsAtMs: number | undefined;
  /** What the token opens; empty for every route. */
  readonly scopes: readonly string[];
  /** Tenant of the user; undefined for none. */
  readonly tenant: string | undefined;
}

/** A caller without a token. */
export const anonymousCaller: Caller = {
  identity: anonymousIdentity,
  endsAtMs: undefined,
  scopes: [],
  tenant: undefined,
};
