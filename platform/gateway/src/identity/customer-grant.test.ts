import { expect, it } from 'vitest';
import { readGrants } from './customer-grant.ts';

const grant = { id: 'g-1', role: 'support', customer: 'c-1' };

it('reads grants, and none where there is no claim', () => {
  expect(readGrants(undefined)).toEqual([]);
  expect(readGrants([grant])).toEqual([{ id: 'g-1', role: 'support', customerId: 'c-1' }]);
});

it.each([
  ['no list', { grant }],
  ['null', null],
  ['an entry that is no object', [grant, 'support']],
  ['an entry without a customer', [{ id: 'g-1', role: 'support' }]],
  ['an empty customer, which a message without an owner could be taken for', [{ ...grant, customer: '' }]],
  ['a role that is no text', [{ ...grant, role: ['support'] }]],
])('%s cannot be read', (_, claim) => {
  expect(readGrants(claim)).toBeUndefined();
});
