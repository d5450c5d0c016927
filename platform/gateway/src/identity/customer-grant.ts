/** A role that somebody was given for a time, to help one customer. */
export interface CustomerGrant {
  readonly id: string;
  readonly role: string;
  /** The user whose personal data it shows. */
  readonly customerId: string;
}

/** What most callers have. */
export const noGrants: readonly CustomerGrant[] = [];

/** Reads the claim `grants` of a verified token; undefined when it is not what the users service writes there. */
export function readGrants(claim: unknown): readonly CustomerGrant[] | undefined {
  if (claim === undefined) return noGrants;
  if (!Array.isArray(claim)) return undefined;
  const grants = claim.map(readGrant);
  return grants.every((grant) => grant !== undefined) ? grants : undefined;
}

function readGrant(claim: unknown): CustomerGrant | undefined {
  if (typeof claim !== 'object' || claim === null) return undefined;
  const { id, role, customer } = claim as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string' || typeof role !== 'string' || typeof customer !== 'string') return undefined;
  return id === '' || role === '' || customer === '' ? undefined : { id, role, customerId: customer };
}
