import { describe, expect, it } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../harness.ts';
import { Everything, labServiceWith, Person } from '../lab.ts';

const keptAnswersBytes = 1_000_000;

/** A lab whose one method keeps its answers for a minute, and what reached it. */
async function open(cache: object, output = Everything) {
  const calls: unknown[] = [];
  const gate = { wait: Promise.resolve() };
  const only = async (request: { text?: string }): Promise<object> => {
    calls.push(request);
    await gate.wait;
    return output === Person ? { userId: 'nobody', email: 'ann@example.com' } : { text: String(calls.length) };
  };
  const labContract = labServiceWith({ get: '/lab/only' }, { idempotency: 'IDEMPOTENCY_SAFE', cache } as never, output);
  const lab = await startTestGateway({ lab: { only }, labContract }, { services: [labContract], keptAnswersBytes });
  return { lab, calls, gate };
}

const as = async (lab: TestGateway, subject: string, roles: readonly string[]): Promise<Answer> =>
  lab.send('GET', '/lab/only', { token: await lab.tokens.sign({ subject, roles }) });

describe('an answer that is fresh for a minute', () => {
  it('is given 10 times from one call, with its age and the same tag; another query is another answer', async () => {
    const { lab, calls } = await open({ freshMs: 60_000, shared: true });
    await using _ = lab;
    const first = await lab.send('GET', '/lab/only');
    const again = await Promise.all(Array.from({ length: 9 }, () => lab.send('GET', '/lab/only')));

    expect(calls).toHaveLength(1);
    expect(first.headers.age).toBeUndefined();
    for (const { json, headers } of again)
      expect([json.text, headers.etag, headers.age]).toEqual(['1', first.headers.etag, '0']);
    expect(again[0]?.headers['mainstay-degraded']).toBeUndefined();
    const known = { 'x-api-key': 'demo-enterprise', 'if-none-match': first.headers.etag ?? '' };
    expect((await lab.send('GET', '/lab/only', { headers: known })).status).toBe(304);
    expect((await lab.send('GET', '/lab/only?text=x')).json.text).toBe('2');
  });

  it('is one call for 20 requests at the same time', async () => {
    const { lab, calls, gate } = await open({ freshMs: 60_000, shared: true });
    await using _ = lab;
    const release = Promise.withResolvers<void>();
    gate.wait = release.promise;
    const all = Array.from({ length: 20 }, () => lab.send('GET', '/lab/only'));
    await expect.poll(() => lab.gateway.status()['kept_answers']).toMatchObject({ waiting: 20 });
    release.resolve();

    expect(new Set((await Promise.all(all)).map(({ json }) => json.text))).toEqual(new Set(['1']));
    expect(calls).toHaveLength(1);
  });

  it('is shared by users of the same roles alone', async () => {
    const { lab, calls } = await open({ freshMs: 60_000, shared: true });
    await using _ = lab;
    const seen = [];
    for (const [user, roles] of [
      ['ann', ['customer']],
      ['bob', ['customer']],
      ['cid', ['admin']],
      ['dee', ['admin', 'customer']],
      ['eve', ['customer', 'admin']],
    ] as const) {
      seen.push((await as(lab, user, roles)).json.text);
    }
    seen.push((await lab.send('GET', '/lab/only')).json.text);

    expect(seen).toEqual(['1', '1', '2', '3', '3', '4']);
    expect(calls).toHaveLength(4);
  });

  it('is each user its own where the contract does not say that it is shared, or where it is about users', async () => {
    for (const { lab, calls } of [
      await open({ freshMs: 60_000 }),
      await open({ freshMs: 60_000, shared: true }, Person),
    ]) {
      await using _ = lab;
      for (const user of ['ann', 'bob', 'ann', 'bob']) await as(lab, user, ['customer']);

      expect(calls).toHaveLength(2);
    }
  });
});

it('a method without `cache` is asked each time', async () => {
  const { lab, calls } = await open({});
  await using _ = lab;

  for (let n = 0; n < 3; n++) await lab.send('GET', '/lab/only');

  expect(calls).toHaveLength(3);
});
