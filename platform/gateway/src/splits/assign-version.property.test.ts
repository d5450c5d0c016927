import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileAssignment, percentOf } from './assign-version.ts';
import type { VersionShare } from './split.ts';

const users: Readonly<Record<string, (n: number) => string>> = {
  'numbered names': (n) => `user-${n}`,
  'ids that begin alike': (n) => `0197f3a2-7c00-7000-8000-${n.toString(16).padStart(12, '0')}`,
  addresses: (n) => `address:10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
  'e-mail addresses': (n) => `somebody.${n}@example.com`,
};

function shareOf(version: string, versions: readonly VersionShare[], user: (n: number) => string): number {
  const assign = compileAssignment(versions, 'products');
  let hits = 0;
  for (let n = 0; n < 100_000; n++) if (assign(user(n)) === version) hits++;
  return hits / 1_000;
}

describe('of 100,000 users', () => {
  test.each(Object.entries(users))('by %s 10 per cent, 0.5 more or less, get a version of weight 10', (_, user) => {
    const versions = [
      { version: '1.0.0', weight: 90 },
      { version: '2.0.0', weight: 10 },
    ];

    expect(Math.abs(shareOf('2.0.0', versions, user) - 10)).toBeLessThan(0.5);
  });

  test('three versions of weights 5, 2 and 1 get five, two and one eighth, 0.5 per cent more or less', () => {
    const versions = [5, 2, 1].map((weight, n) => ({ version: `${n}`, weight }));
    for (const { version, weight } of versions) {
      const share = shareOf(version, versions, (n) => `user-${n}`);
      expect(Math.abs(share - weight * 12.5)).toBeLessThan(0.5);
    }
  });

  test('half of those on either version are in a sample of 50 per cent', () => {
    const versions = ['1.0.0', '2.0.0'].map((version) => ({ version, weight: 1 }));
    const assign = compileAssignment(versions, 'products');
    const sampled = { '1.0.0': 0, '2.0.0': 0 };
    for (let n = 0; n < 100_000; n++) {
      if (percentOf(`user-${n}`, 'products/mirror') < 50) sampled[assign(`user-${n}`) as keyof typeof sampled]++;
    }

    for (const count of Object.values(sampled)) expect(Math.abs(count - 25_000)).toBeLessThan(500);
  });
});

test('where a caller goes is the same in every release of the gateway', () => {
  const assign = compileAssignment(
    [
      { version: '1.0.0', weight: 50 },
      { version: '2.0.0', weight: 50 },
    ],
    'products',
  );

  expect(['ann', 'bob', 'cid', 'dee', 'eve', 'fay', 'gus', 'hal'].map((name) => assign(name)[0]).join('')).toBe(
    '22122111',
  );
});

const shares = fc.uniqueArray(
  fc.record({ version: fc.constantFrom('1', '2', '3', '4', '5'), weight: fc.integer({ min: 0, max: 100 }) }),
  { selector: ({ version }) => version, minLength: 1, maxLength: 5 },
);
const callers = fc.array(fc.string(), { minLength: 1, maxLength: 50 });
const hasWeight = (versions: readonly VersionShare[]): boolean => versions.some(({ weight }) => weight > 0);

describe('for any weights and callers', () => {
  test('the order in which versions stand changes nothing, and none of weight 0 is given', () => {
    fc.assert(
      fc.property(shares.filter(hasWeight), callers, (versions, keys) => {
        const assign = compileAssignment(versions, 'a');
        const turned = compileAssignment(versions.toReversed(), 'a');
        for (const key of keys) {
          const version = assign(key);
          expect(turned(key)).toBe(version);
          expect(versions.find((share) => share.version === version)?.weight).toBeGreaterThan(0);
        }
      }),
    );
  });

  test('a version that grows against each other one loses nobody, and the others win nobody', () => {
    fc.assert(
      fc.property(
        shares.filter(hasWeight),
        fc.nat(),
        fc.integer({ min: 1, max: 100 }),
        callers,
        (before, at, more, keys) => {
          const growing = before[at % before.length]?.version;
          const after = before.map((share) =>
            share.version === growing ? { ...share, weight: share.weight + more } : share,
          );
          const [assign, assignAfter] = [compileAssignment(before, 'a'), compileAssignment(after, 'a')];
          for (const key of keys) {
            const [was, is] = [assign(key), assignAfter(key)];
            expect(is === was || is === growing).toBe(true);
          }
        },
      ),
    );
  });

  test('of two versions whose weights sum to 100 a growing one loses nobody at any step', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { maxLength: 8 }), callers, (steps, keys) => {
        const moved = new Set<string>();
        for (const weight of steps.toSorted((a, b) => a - b)) {
          const assign = compileAssignment(
            [
              { version: '1', weight: 100 - weight },
              { version: '2', weight },
            ],
            'a',
          );
          for (const key of moved) expect(assign(key)).toBe('2');
          for (const key of keys) if (assign(key) === '2') moved.add(key);
        }
      }),
    );
  });

  test('a version that is taken out gives up its own callers alone', () => {
    fc.assert(
      fc.property(
        shares.filter((versions) => versions.filter(({ weight }) => weight > 0).length > 1),
        callers,
        (before, keys) => {
          const [out] = before.filter(({ weight }) => weight > 0);
          const assign = compileAssignment(before, 'a');
          const assignAfter = compileAssignment(
            before.filter((share) => share !== out),
            'a',
          );
          for (const key of keys) if (assign(key) !== out?.version) expect(assignAfter(key)).toBe(assign(key));
        },
      ),
    );
  });
});
