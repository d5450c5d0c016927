import { expect, test } from 'vitest';
import { type GivenRole, rolesInForce } from './roles-in-force.ts';

const grant = (role: string, endsAtMs: number): GivenRole => ({ role, endsAt: new Date(endsAtMs) });

test.each([
  ['none', ['customer'], [], ['customer'], undefined],
  ['two of one role', ['customer'], [grant('support', 9), grant('support', 5)], ['customer', 'support'], 5],
  ['one of a role that the account has for good', ['support'], [grant('support', 5)], ['support'], undefined],
])('with %s the roles are known until the first grant ends', (_, own, grants, roles, untilMs) => {
  expect(rolesInForce(own, grants)).toEqual({ roles, untilMs });
});
