import { describe, expect, it } from 'vitest';
import { compileAssignment } from '../../src/splits/assign-version.ts';
import { startSplitLab, weights } from './split-lab.ts';

describe('a split', () => {
  it('keeps each of 12 users at one version, over all keys they use, as the hash says', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    const { lab } = split;
    const versions = weights(70, 30) as { version: string; weight: number }[];
    await split.set({ versions });
    const assign = compileAssignment(versions, 'products');

    for (let n = 0; n < 12; n++) {
      const token = await lab.tokens.sign({ subject: `user-${n}` });
      const answers = await Promise.all(
        ['demo-free', 'demo-enterprise', 'demo-enterprise'].map((apiKey) =>
          lab.send('GET', '/v1/products/p-1', { token, headers: { 'x-api-key': apiKey } }),
        ),
      );
      expect(answers.map(({ json }) => json.name)).toEqual(Array(3).fill(assign(`user:user-${n}`)));
    }
  });

  it('by a header goes by its value, and by the caller where it is missing', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    const versions = weights(50, 50) as { version: string; weight: number }[];
    await split.set({ by: 'header:x-session', versions });
    const assign = compileAssignment(versions, 'products');
    const ask = async (headers: Record<string, string>): Promise<string> =>
      (await split.lab.send('GET', '/v1/products/p-1', { headers: { 'x-api-key': 'demo-enterprise', ...headers } }))
        .json.name;

    for (let n = 0; n < 20; n++) expect(await ask({ 'x-session': `s-${n}` })).toBe(assign(`header:s-${n}`));
    expect(await ask({})).toBe(assign('key:demo-enterprise'));
  });

  it('names the version in the access log and in the metrics, and nothing where there is no split', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    await split.lab.send('GET', '/v1/products/p-1');
    await split.set({ versions: weights(0, 1) });

    await split.lab.send('GET', '/v1/products/p-1');

    await expect
      .poll(() => split.lab.logs.filter(({ message }) => message === 'request').map(({ fields }) => fields['version']))
      .toEqual([undefined, '2.0.0']);
    expect(await split.metrics()).toMatch(
      /mainstay_gateway_version_duration_seconds_count\{[^}]*service="products",version="2.0.0",outcome="success"[^}]*\} 1/,
    );
  });

  it('is switched 6 times under load without a failed request, and counts from the next one on', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    const { lab, admin } = split;
    await split.set({ versions: weights(100, 0) });
    const seen = new Map<string, number>();
    let isOver = false;
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const { status, json } = await lab.send('GET', '/v1/products/p-1');
        const what = `${status} ${json.name}`;
        seen.set(what, (seen.get(what) ?? 0) + 1);
      }
    };
    const load = Array.from({ length: 4 }, caller);

    let { revision } = (admin.show() as { splits: [{ revision: number }] }).splits[0];
    for (let round = 0; round < 6; round++) {
      const version = round % 2 === 0 ? '2.0.0' : '1.0.0';
      ({ revision } = (await admin.act({ act: 'switch', service: 'products', revision, version })) as {
        revision: number;
      });
      for (let n = 0; n < 3; n++) expect((await lab.send('GET', '/v1/products/p-1')).json.name).toBe(version);
    }
    isOver = true;
    await Promise.all(load);

    expect([...seen.keys()].sort()).toEqual(['200 1.0.0', '200 2.0.0']);
  });

  it('lets a call that is under way end at the old version', async () => {
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const getProduct = async ({ id }: { id: string }): Promise<object> => {
      entered.resolve();
      await release.promise;
      return { product: { id, name: '1.0.0' } };
    };
    await using split = await startSplitLab({ '1.0.0': { getProduct }, '2.0.0': {} });
    await split.set({ versions: weights(1, 0) });
    const running = split.lab.send('GET', '/v1/products/p-1');
    await entered.promise;

    await split.set({ versions: weights(0, 1) });

    expect((await split.lab.send('GET', '/v1/products/p-1')).json.name).toBe('2.0.0');
    release.resolve();
    expect((await running).json.name).toBe('1.0.0');
  });
});

describe('a version that does not take calls', () => {
  const circuits = { services: {}, failureStreak: 3, minimumCalls: 3, openMs: 60_000 };

  it('without an instance is stood in for, with one line in the log and a count of calls', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    await split.set({ versions: weights(0, 1), fallback: '1.0.0' });
    await split.stop('2.0.0', true);

    for (let n = 0; n < 3; n++) expect((await split.lab.send('GET', '/v1/products/p-1')).json.name).toBe('1.0.0');

    expect(split.lab.logs.filter(({ message }) => message === 'another version stands in')).toHaveLength(1);
    expect(await split.metrics()).toMatch(
      /mainstay_gateway_split_fallbacks_total\{[^}]*version="2.0.0",reason="no_instance"[^}]*\} 3/,
    );
  });

  it('dead but registered is stood in for, call by call, and then by its circuit', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} }, { protection: { circuits } });
    await split.set({ versions: weights(1, 99), fallback: '1.0.0' });
    await split.stop('2.0.0');

    for (let n = 0; n < 6; n++) expect((await split.lab.send('GET', '/v1/products/p-1')).json.name).toBe('1.0.0');

    const states = split.lab.gateway.circuits.all().map(({ name, state }) => `${name} ${state}`);
    expect(states).toEqual(expect.arrayContaining(['products@2.0.0 open', 'products@1.0.0 closed']));
    expect(await split.metrics()).toMatch(/split_fallbacks_total\{[^}]*version="2.0.0",reason="refused"[^}]*\} 6/);
  });

  it('while no version of the split has an instance, whichever instance there is answers', async () => {
    await using split = await startSplitLab({ '1.0.0': {} });
    await split.set({ versions: weights(1, 1) });
    await split.stop('1.0.0', true);

    expect((await split.lab.send('GET', '/v1/products/p-1')).json.name).toBe('any');
  });

  it('that fails calls is seen failing, and its errors open its circuit alone', async () => {
    const getProduct = (): never => {
      throw new TypeError('broken release');
    };
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': { getProduct } }, { protection: { circuits } });
    await split.set({ versions: weights(1, 99), by: 'header:x-session' });
    const ask = async (session: string): Promise<number> =>
      (await split.lab.send('GET', '/v1/products/p-1', { headers: { 'x-session': session } })).status;
    const assign = compileAssignment(weights(1, 99) as { version: string; weight: number }[], 'products');
    const sessions = Array.from({ length: 200 }, (_, n) => `s-${n}`);
    const [broken = ''] = sessions.filter((session) => assign(`header:${session}`) === '2.0.0');

    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push(await ask(broken));

    // Three errors open the circuit; from then on the other version stands in.
    expect(statuses).toEqual([500, 500, 500, 200, 200, 200]);
  });
});

describe('the header Mainstay-Version', () => {
  const override = { roles: ['tester'], clients: ['demo-free'] };
  const ask = { 'x-api-key': 'demo-enterprise', 'mainstay-version': '2.0.0' };

  it('chooses a version that gets no traffic, for a role or a key that the split names, and the answer says so', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {} });
    const { lab } = split;
    await split.set({ versions: weights(1, 0), override });
    const get = async (options: object): Promise<unknown[]> => {
      const { json, headers } = await lab.send('GET', '/v1/products/p-1', options);
      return [json.name, headers['mainstay-version']];
    };

    expect(await get({ headers: ask, token: await lab.tokens.sign({ roles: ['tester'] }) })).toEqual([
      '2.0.0',
      '2.0.0',
    ]);
    expect(await get({ headers: { ...ask, 'x-api-key': 'demo-free' } })).toEqual(['2.0.0', '2.0.0']);
    expect(await get({ headers: ask, token: await lab.tokens.sign({ roles: ['customer'] }) })).toEqual([
      '1.0.0',
      undefined,
    ]);
    expect(await get({ headers: ask })).toEqual(['1.0.0', undefined]);
  });

  it('means nothing to a split without it, and no version that the split does not name', async () => {
    await using split = await startSplitLab({ '1.0.0': {}, '2.0.0': {}, '3.0.0': {} });
    const name = async (headers: Record<string, string>): Promise<string> =>
      (await split.lab.send('GET', '/v1/products/p-1', { headers })).json.name;
    await split.set({ versions: weights(1, 0) });
    expect(await name(ask)).toBe('1.0.0');

    await split.set({ versions: weights(1, 0), override: { everyone: true } });
    expect([await name(ask), await name({ ...ask, 'mainstay-version': '3.0.0' })]).toEqual(['2.0.0', '1.0.0']);
  });

  it('gets no other version in its place: 503 tells the tester that it is away', async () => {
    await using split = await startSplitLab({ '1.0.0': {} });
    await split.set({ versions: weights(1, 0), override: { everyone: true } });

    const { status, json } = await split.lab.send('GET', '/v1/products/p-1', { headers: ask });

    expect([status, json.reason]).toEqual([503, 'NO_INSTANCE']);
  });
});
