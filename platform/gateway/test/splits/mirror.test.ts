import { PlatformError } from '@mainstay/kernel';
import { statusReasons } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import type { MirrorReport } from '../../src/splits/mirror/mirror-report.ts';
import { type SplitLab, startSplitLab, weights } from './split-lab.ts';

const mirror = { version: '2.0.0' };

async function reportsOf({ admin }: SplitLab): Promise<readonly MirrorReport[]> {
  return (admin.show() as { splits: { mirrored: readonly MirrorReport[] }[] }).splits[0]?.mirrored ?? [];
}

describe('a mirrored version', () => {
  it('gets a copy of each read, its answers are compared by status and value, and nobody else sees them', async () => {
    const getProduct = ({ id }: { id: string }): object => {
      if (id === 'gone') throw new PlatformError(statusReasons.STATUS_NOT_FOUND, 'gone');
      return {
        product: { id, name: id === 'other' ? 'another name' : '1.0.0', stockQuantity: id === 'other' ? 3 : 0 },
      };
    };
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': { getProduct } });
    await split.set({ versions: weights(1, 0), mirror });

    const answers = [];
    for (const id of ['same', 'other', 'gone']) answers.push(await split.lab.send('GET', `/v1/products/${id}`));

    expect(answers.map(({ status, json }) => `${status} ${json.name}`)).toEqual(Array(3).fill('200 1.0.0'));
    await expect
      .poll(() => reportsOf(split))
      .toMatchObject([
        { version: '2.0.0', compared: 3, same: 1, different: 1, fields: 2, other_status: 1, dropped: 0 },
      ]);
    expect(await split.metrics()).toMatch(/mainstay_gateway_mirror_differences_total\{[^}]*version="2.0.0"[^}]*\} 2/);
  });

  it('keeps nobody waiting: callers are answered while it hangs, and copies above 64 are dropped and counted', async () => {
    const release = Promise.withResolvers<void>();
    const getProduct = async ({ id }: { id: string }): Promise<object> => {
      await release.promise;
      return { product: { id, name: '1.0.0' } };
    };
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': { getProduct } });
    await split.set({ versions: weights(1, 0), mirror });

    for (let n = 0; n < 70; n++) expect((await split.lab.send('GET', '/v1/products/p-1')).status).toBe(200);

    expect((await reportsOf(split))[0]?.dropped).toBe(6);
    release.resolve();
    await expect.poll(async () => (await reportsOf(split))[0]?.same).toBe(64);
  });

  it('gets copies of writes only when the split says so', async () => {
    let copies = 0;
    const updated = (): object => ({ product: { id: 'p-1' } });
    const copied = (): object => {
      copies += 1;
      return updated();
    };
    await using split = await startSplitLab({
      '1.0.0': { updateProduct: updated },
      '2.0.0': { updateProduct: copied },
    });
    const token = await split.lab.tokens.sign({ roles: ['admin'] });
    const update = async (): Promise<number> =>
      (await split.lab.send('PATCH', '/v1/products/p-1', { token, body: { name: 'Lamp' } })).status;

    await split.set({ versions: weights(1, 0), mirror });
    expect([await update(), (await reportsOf(split)).length, copies]).toEqual([200, 0, 0]);
    await split.set({ versions: weights(1, 0), mirror: { ...mirror, writes: true } });
    await update();

    await expect.poll(() => copies).toBe(1);
  });

  it('is asked by the callers of its share alone, each of them always', async () => {
    const asked = new Set<string>();
    const getProduct = ({ id }: { id: string }): object => {
      asked.add(id);
      return { product: { id, name: '1.0.0' } };
    };
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': { getProduct } });
    await split.set({ versions: weights(1, 0), by: 'header:x-session', mirror: { ...mirror, percent: 50 } });

    for (let n = 0; n < 100; n++) {
      const headers = { 'x-api-key': 'demo-enterprise', 'x-session': `s-${n % 20}` };
      await split.lab.send('GET', `/v1/products/s-${n % 20}`, { headers });
    }

    await expect.poll(async () => (await reportsOf(split))[0]?.compared).toBe(asked.size * 5);
    expect(asked.size).toBeGreaterThan(4);
    expect(asked.size).toBeLessThan(16);
  });
});
