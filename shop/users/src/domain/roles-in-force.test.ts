import { expect, test } from 'vitest';
import { type GivenRole, rolesInForce } from './roles-in-force.ts';

const grant = (role: string, endsAtMs: number): GivenRole => ({
  id: `g-${endsAtMs}`,
  role,
  customerId: 'c-1',
  endsAt: new Date(endsAtMs),
});
const [nine, five] = [grant('support', 9), grant('support', 5)];

test.each([
  ['none', ['customer'], [], ['customer'], [], undefined],
  ['two of one role', ['customer'], [nine, five], ['customer', 'support'], [nine, five], 5],
  ['one of a role that the account has for good', ['support'], [five], ['support'], [], undefined],
])('with %s the roles are known until the first grant ends', (_, own, given, roles, grants, untilMs) => {
  expect(rolesInForce(own, given)).toEqual({ roles, grants, untilMs });
});
