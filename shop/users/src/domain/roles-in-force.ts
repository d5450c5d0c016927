/** A role that was given for a time. */
export interface GivenRole {
  readonly role: string;
  readonly endsAt: Date;
}

/** Roles of a user at one moment. */
export interface RolesInForce {
  readonly roles: readonly string[];
  /** Unix milliseconds at which they may be others; undefined when they are the account's own for good. */
  readonly untilMs: number | undefined;
}

/** Joins the roles of an account with those that it was given for a time. */
export function rolesInForce(own: readonly string[], grants: readonly GivenRole[]): RolesInForce {
  const given = grants.filter(({ role }) => !own.includes(role));
  return {
    roles: [...new Set([...own, ...given.map(({ role }) => role)])],
    untilMs: given.length === 0 ? undefined : Math.min(...given.map(({ endsAt }) => endsAt.getTime())),
  };
}
