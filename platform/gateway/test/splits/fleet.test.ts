import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Fleet, type FleetProcess, planFleet } from '../fleet.ts';
import { weights } from './split-lab.ts';

let fleet: Fleet;
let gateway: FleetProcess;
let second: FleetProcess;
beforeAll(async () => {
  fleet = await planFleet();
  [gateway, second] = await Promise.all([
    fleet.start('gateway'),
    fleet.start('products', { MAINSTAY_VERSION: '2.0.0' }),
    fleet.start('products', { MAINSTAY_VERSION: '1.0.0' }),
    fleet.start('registry'),
  ]);
}, 60_000);
afterAll(() => fleet[Symbol.asyncDispose]());

/** How long a busy machine may take. */
const patient = { timeout: 20_000 };

const act = async (body: object): Promise<{ revision: number }> => {
  const answer = await fetch(`${gateway.managementUrl}/gateway/splits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ service: 'products', ...body }),
  });
  return (await answer.json()) as { revision: number };
};
const ask = async (): Promise<string> => {
  const answer = await fetch(`${gateway.url}/v1/products/p-1`, { headers: { 'x-api-key': 'demo-enterprise' } });
  const { name, reason } = (await answer.json()) as { name?: string; reason?: string };
  return `${answer.status} ${name ?? reason}`;
};

it('a switch between processes of two versions, the death of one by SIGKILL, and SIGUSR2 to a gateway without workers, fail no request of 8 callers', async () => {
  let { revision } = await act({ act: 'set', revision: 0, split: { versions: weights(100, 0) } });
  // Both are known to the gateway before it counts; nothing stands in for either.
  for (const version of ['2.0.0', '1.0.0']) {
    ({ revision } = await act({ act: 'switch', revision, version }));
    await expect.poll(ask, patient).toBe(`200 ${version}`);
  }
  const mirrored = { versions: weights(0, 100), mirror: { version: '3.0.0' } };
  const set = await act({ act: 'set', revision, split: mirrored });
  ({ revision } = set);
  const listed = await fetch(`${gateway.managementUrl}/gateway/splits`);
  expect(set).toMatchObject({ without_instance: ['3.0.0'] });
  expect(await listed.json()).toMatchObject({ splits: [{ shares: [{ instances: 1 }, { instances: 1 }] }] });
  const seen = new Map<string, number>();
  let isOver = false;
  const caller = async (): Promise<void> => {
    while (!isOver) {
      const answer = await ask();
      seen.set(answer, (seen.get(answer) ?? 0) + 1);
    }
  };
  gateway.child.kill('SIGUSR2');
  const load = Array.from({ length: 8 }, caller);
  const hits = (): number => seen.get('200 2.0.0') ?? 0;

  ({ revision } = await act({ act: 'switch', revision, version: '2.0.0' }));
  expect(await ask()).toBe('200 2.0.0');
  await act({ act: 'set', revision, split: { versions: weights(0, 100), fallback: '1.0.0' } });
  await expect.poll(hits, patient).toBeGreaterThan(50);
  second.child.kill('SIGKILL');
  await expect.poll(ask, patient).toBe('200 1.0.0');
  const before = seen.get('200 1.0.0') ?? 0;
  await expect.poll(() => seen.get('200 1.0.0') ?? 0, patient).toBeGreaterThan(before + 100);
  isOver = true;
  await Promise.all(load);

  expect([...seen.keys()].sort()).toEqual(['200 1.0.0', '200 2.0.0']);
}, 60_000);
