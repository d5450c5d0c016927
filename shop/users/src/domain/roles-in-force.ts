/** A role that was given for a time, to help one customer. */
export interface GivenRole {
  readonly id: string;
  readonly role: string;
  readonly customerId: string;
  readonly endsAt: Date;
}

/** Roles of a user at one moment. */
export interface RolesInForce {
  readonly roles: readonly string[];
  /** Why the account has roles that are not its own, and for whom. */
  readonly grants: readonly GivenRole[];
  /** Unix milliseconds at which they may be others; undefined when they are the account's own for good. */
  readonly untilMs: number | undefined;
}

/** Joins the roles of an account with those that it was given for a time; one that it has for good is not given. */
export function rolesInForce(own: readonly string[], given: readonly GivenRole[]): RolesInForce {
  const grants = given.filter(({ role }) => !own.includes(role));
  return {
    roles: [...new Set([...own, ...grants.map(({ role }) => role)])],
    grants,
    untilMs: grants.length === 0 ? undefined : Math.min(...grants.map(({ endsAt }) => endsAt.getTime())),
  };
}
