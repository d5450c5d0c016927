import { expect, test } from 'vitest';
import { addToFleet } from './fleet-entry.ts';
import { deriveNames, type ServiceNames } from './names.ts';
import { render } from './render.ts';

const names = deriveNames('reviews', []) as ServiceNames;

test('placeholders are filled in, and those without a value are told', () => {
  const values = { names, versions: new Map([['zod', '4.6.7']]) };

  expect(render('get-{{entity}}.ts: {{Name}}Service {{version:zod}}', values)).toEqual({
    text: 'get-review.ts: ReviewsService 4.6.7',
    unknown: [],
  });
  expect(render('{{nmae}} {{version:left-pad}}', values).unknown).toEqual(['{{nmae}}', '{{version:left-pad}}']);
});

const fleet = `# The shop.
name: shop
processes:
  - name: registry # first
    kind: platform
    entry: platform/registry/src/main.ts

  - name: orders
    kind: service
    entry: shop/orders/src/main.ts
    environment:
      A: 1 # kept

  # The edge.
  - name: gateway
    kind: edge
    entry: platform/gateway/src/main.ts
notes: []
`;

test('a service is added behind the last one, and everything else stays as it was', () => {
  const added = addToFleet(fleet, names) ?? '';

  const lines = added.split('\n');
  expect(lines.filter((line) => !fleet.split('\n').includes(line))).toEqual([
    '  - name: reviews',
    '    entry: shop/reviews/src/main.ts',
    '    definition: shop/reviews/src/service.ts#reviewsService',
    '    database: true',
  ]);
  expect(added.replace(/\n {2}- name: reviews\n(?: {4}.*\n){4}/, '')).toBe(fleet);
  expect(added.indexOf('A: 1 # kept')).toBeLessThan(added.indexOf('reviews'));
  expect(added.indexOf('database: true')).toBeLessThan(added.indexOf('# The edge.'));
});

test('a fleet file without processes is refused', () => {
  expect(addToFleet('name: shop\n', names)).toBeUndefined();
});
