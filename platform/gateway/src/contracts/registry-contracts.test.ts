import type { Resolver } from '@mainstay/discovery';
import { expect, test } from 'vitest';
import { registryContracts } from './registry-contracts.ts';

/** What a resolver knows of services, by the ids of their instances. */
function resolverOf(known: Readonly<Record<string, readonly string[]>>): Resolver {
  const services = Object.fromEntries(Object.entries(known).map(([name, ids]) => [name, { endpoints: ids.length }]));
  return {
    status: () => ({ services }),
    resolve: (name: string) => (known[name] ?? []).map((id) => ({ id })),
  } as unknown as Resolver;
}

test('of 4 services those with instances are asked for contracts, gateways are not, and others than before are told apart', () => {
  const servicesOf = (known: Readonly<Record<string, readonly string[]>>): unknown => {
    const clientOf = (): never => expect.unreachable();
    const config = { 'learning.interval_ms': 1 };
    const source = registryContracts({ name: 'gateway', config, resolver: resolverOf(known), clientOf });
    return Object.fromEntries(source.services());
  };
  const known = { gateway: ['g-1', 'g-2'], reviews: ['r-2', 'r-1'], orders: ['o-1'], gone: [] };

  expect(servicesOf(known)).toEqual({ reviews: 'r-1,r-2', orders: 'o-1' });
  expect(servicesOf({ ...known, reviews: ['r-1', 'r-2'] })).toEqual({ reviews: 'r-1,r-2', orders: 'o-1' });
  expect(servicesOf({ ...known, reviews: ['r-3'] })).toEqual({ reviews: 'r-3', orders: 'o-1' });
});
