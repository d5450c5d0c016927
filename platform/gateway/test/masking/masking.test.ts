import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { AskPeople } from '../contracts/gen/lab/v1/lab_pb.ts';
import { type Answer, fast, startTestGateway, type TestGateway } from '../harness.ts';
import { customer, personJson, type Shown, stranger } from './people.ts';

let lab: TestGateway;

const backend = {
  getPerson: ({ name }: AskPeople) => (name === 'customer' ? customer : stranger),
  disclosePerson: () => stranger,
  listPeople: () => ({ people: [customer, stranger], first: stranger }),
  async *watchPeople() {
    yield customer;
    yield stranger;
  },
};

beforeAll(async () => {
  lab = await startTestGateway({ lab: backend });
});
afterAll(() => lab[Symbol.asyncDispose]());

type Viewer = 'anonymous' | 'the customer' | 'another customer' | 'support' | 'admin';

const tokenOf = async (viewer: Viewer): Promise<string | undefined> => {
  if (viewer === 'anonymous') return undefined;
  if (viewer === 'the customer') return lab.tokens.sign();
  const roles = viewer === 'another customer' ? ['customer'] : ['customer', viewer];
  return lab.tokens.sign({ subject: 'somebody', roles });
};
const get = async (viewer: Viewer, path: string, headers: Record<string, string> = {}) =>
  lab.send('GET', path, { token: await tokenOf(viewer), headers: { ...fast, ...headers } });

const [all, none] = ['personal data', 'nothing personal'] as const satisfies readonly Shown[];

describe.each<[Viewer, Shown, Shown]>([
  ['anonymous', none, none],
  ['the customer', all, none],
  ['another customer', none, none],
  ['support', all, all],
  ['admin', all, all],
])('%s sees of the customer %s and of a stranger %s', (viewer, ofCustomer, ofStranger) => {
  const customerJson = personJson('customer', ofCustomer, ofStranger);
  const strangerJson = personJson('stranger', ofStranger, ofCustomer);

  it('in one answer, in lists and in messages inside, and where a field is the answer', async () => {
    const list = [customerJson, strangerJson];
    expect((await get(viewer, '/lab/people/customer')).json).toEqual(customerJson);
    expect((await get(viewer, '/lab/people')).json).toEqual({ people: list, first: strangerJson });
    expect((await get(viewer, '/lab/people:list')).json).toEqual(list);
    expect((await get(viewer, '/lab/people:first')).json).toEqual(strangerJson);
    expect((await get(viewer, '/lab/people/customer/email')).json).toBe(
      ofCustomer === all ? 'jane.doe@example.com' : 'j***@e***.com',
    );
    expect((await get(viewer, '/lab/people/customer/age')).json).toBe(ofCustomer === all ? 41 : null);
  });

  it('in a stream, as lines, as events and over a WebSocket', async () => {
    const path = '/lab/people:watch';
    const lines = await get(viewer, path);
    const events = await get(viewer, path, { accept: 'text/event-stream' });
    const token = await tokenOf(viewer);
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port}${path}`, {
      headers: { ...fast, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    });
    const frames: string[] = [];
    socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')));
    await once(socket, 'close');

    const expected = [customerJson, strangerJson];
    const eventData = [...events.text.matchAll(/^data: (\{.+\})$/gm)].map(([, text = '']) => text);
    for (const texts of [lines.text.trim().split('\n'), eventData, frames]) {
      expect(texts.map((text): unknown => JSON.parse(text))).toEqual(expected);
    }
  });
});

describe('a masked answer', () => {
  it('has a tag of its own, so that neither stands in for the other', async () => {
    const full = await get('admin', '/lab/people/stranger');
    const masked = await get('anonymous', '/lab/people/stranger');
    const afterFull = await get('anonymous', '/lab/people/stranger', { 'if-none-match': full.headers.etag ?? '' });
    const afterMasked = await get('admin', '/lab/people/stranger', { 'if-none-match': masked.headers.etag ?? '' });
    const again = await get('anonymous', '/lab/people/stranger', { 'if-none-match': masked.headers.etag ?? '' });

    expect(afterFull.json).toEqual(personJson('stranger', none, none));
    expect(afterMasked.json).toEqual(personJson('stranger', all, all));
    expect(again.status).toBe(304);
  });

  it('shows everything, to anyone who may call, where the contract says that it is there to give it out', async () => {
    const { json } = await lab.send('POST', '/lab/people/stranger:disclose', { body: {} });

    expect(json).toMatchObject({
      secret: 'hunter2@example.com',
      age: 41,
      friends: [{ secret: 'hunter2@example.com' }],
    });
  });

  it('follows the clearances of the configuration', async () => {
    const clearances = { anonymous: 'public', support: 'low' } as const;
    await using other = await startTestGateway({ lab: backend }, { clearances });
    const scoreFor = async (roles: readonly string[]): Promise<unknown> => {
      const token = await other.tokens.sign({ subject: 'somebody', roles });
      return (await other.send('GET', '/lab/people/stranger', { token })).json.score;
    };

    expect([await scoreFor(['customer']), await scoreFor(['support']), await scoreFor(['admin'])]).toEqual([
      undefined,
      7,
      undefined,
    ]);
  });

  it('is masked also when it was kept for when the service is away', async () => {
    await using other = await startTestGateway({ lab: backend }, { keptAnswersBytes: 1_000_000 });
    const ask = (token?: string): Promise<Answer> => other.send('GET', '/lab/people/customer', { token });
    const owner = await other.tokens.sign();
    const fresh = await ask();
    const full = await ask(owner);
    await other.stop('lab');
    const stale = await ask();

    expect(full.json).toEqual(personJson('customer', all, none));
    expect(fresh.json).toEqual(personJson('customer', none, none));
    expect(stale.headers['mainstay-degraded']).toContain('stale_cache');
    expect(stale.json).toEqual(fresh.json);
    expect((await ask(owner)).json).toEqual(full.json);
    expect((await ask(await other.tokens.sign({ subject: 'somebody' }))).status).toBe(503);
  });
});
