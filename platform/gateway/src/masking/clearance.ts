import type { Identity } from '@mainstay/kernel/context';
import type { FieldSensitivity } from '@mainstay/rpc';

/** What a role may be cleared for: secrets are shown for no role. */
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

/** What the user whom a message is about is shown of it. */
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

/** Compiles a table: a caller has the widest clearance of its roles; a role that is not named adds nothing. */
export function createClearances(table: ClearanceTable): (identity: Identity) => FieldSensitivity {
  const byRole = new Map<string, FieldSensitivity>(Object.entries(table));
  const { anonymous } = table;
  return ({ roles }) => {
    let clearance: FieldSensitivity = anonymous;
    for (const role of roles) clearance = widest(clearance, byRole.get(role) ?? anonymous);
    return clearance;
  };
}
