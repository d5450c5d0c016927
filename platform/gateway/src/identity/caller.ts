import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import { type CustomerGrant, noGrants } from './customer-grant.ts';

/** What a verified token says. */
export interface Caller {
  readonly identity: Identity;
  /** Which of the roles count for one customer each; a role of these is not the caller's for good. */
  readonly grants: readonly CustomerGrant[];
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
  grants: noGrants,
  endsAtMs: undefined,
  scopes: [],
  tenant: undefined,
};
