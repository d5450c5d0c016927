import type { FieldSensitivity } from '@mainstay/rpc';
import type { Caller } from './caller.ts';
import { type CustomerGrant, noGrants } from './customer-grant.ts';
import { scopeCeiling } from './pii-scopes.ts';

/** What a role may be cleared for by itself: secrets take a scope, too. */
export const clearanceLevels = ['public', 'low', 'medium'] as const satisfies readonly FieldSensitivity[];

/** How sensitive fields may be that callers are shown, by role; `anonymous` is what everybody is shown. */
export type ClearanceTable = Readonly<Record<string, (typeof clearanceLevels)[number]>> & {
  readonly anonymous: (typeof clearanceLevels)[number];
};

/** Personal data for those who help customers and those who run the shop. */
export const defaultClearances: ClearanceTable = {
  anonymous: 'low',
  customer: 'low',
  support: 'medium',
  admin: 'medium',
};

/** Roles that are shown secrets with the scope for them. */
export const defaultHighRoles: readonly string[] = ['admin', 'compliance_officer'];

/** What is shown of a message to the user whom it is about, and to whom was given a role for that user. */
export const ownerClearance: FieldSensitivity = 'medium';

const ranks: Readonly<Record<FieldSensitivity, number>> = { public: 0, low: 1, medium: 2, high: 3 };

/** Tells whether a field of this sensitivity is hidden from this clearance. */
export function isAbove(sensitivity: FieldSensitivity, clearance: FieldSensitivity): boolean {
  return ranks[sensitivity] > ranks[clearance];
}

/** The wider of two clearances. */
export function widest(one: FieldSensitivity, other: FieldSensitivity): FieldSensitivity {
  return isAbove(other, one) ? other : one;
}

/** The narrower of two clearances. */
function narrowest(one: FieldSensitivity, other: FieldSensitivity): FieldSensitivity {
  return isAbove(other, one) ? one : other;
}

/** Decides what callers are shown of others. */
export interface Clearances {
  /** How sensitive fields may be that a caller is shown of everybody. */
  of(caller: Caller, keyScopes: readonly string[]): FieldSensitivity;
  /** The grants that show a caller the personal data of their customers. */
  grantsOf(caller: Caller, keyScopes: readonly string[]): readonly CustomerGrant[];
}

/**
 * Compiles who is shown what ([ADR 0026](../../../../docs/adr/0026-scopes-narrow-what-roles-are-shown.md)).
 *
 * A caller has the widest clearance of its roles, as far as the scopes of its key and its token let it through; a role that is not
 * named adds nothing, and one that was given for a customer counts for that customer only. Secrets take one of `highRoles` and the scope.
 */
export function createClearances(table: ClearanceTable, highRoles: readonly string[] = defaultHighRoles): Clearances {
  const byRole = new Map<string, FieldSensitivity>(Object.entries(table));
  const { anonymous } = table;
  const standing = ({ identity: { roles }, grants }: Caller): readonly string[] =>
    grants.length === 0 ? roles : roles.filter((role) => !grants.some((grant) => grant.role === role));
  return {
    of(caller, keyScopes) {
      const ceiling = scopeCeiling(keyScopes, caller.scopes);
      let clearance: FieldSensitivity = anonymous;
      for (const role of standing(caller)) {
        if (ceiling === 'high' && highRoles.includes(role)) return 'high';
        clearance = widest(clearance, byRole.get(role) ?? anonymous);
      }
      return widest(anonymous, narrowest(clearance, ceiling));
    },
    grantsOf({ grants, scopes }, keyScopes) {
      if (grants.length === 0) return grants;
      if (isAbove(ownerClearance, scopeCeiling(keyScopes, scopes))) return noGrants;
      return grants.filter(({ role }) => !isAbove(ownerClearance, byRole.get(role) ?? anonymous));
    },
  };
}
