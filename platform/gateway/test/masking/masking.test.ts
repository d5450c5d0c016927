import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ApiKeyOwner } from '../../src/identity/api-keys.ts';
import type { AskPeople } from '../contracts/gen/lab/v1/lab_pb.ts';
import { type Answer, startTestGateway, type TestGateway } from '../harness.ts';
import { type TokenChanges, userId } from '../token-issuer.ts';
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

const keyOf = (...scopes: readonly string[]): ApiKeyOwner => ({ client: 'acme', tier: 'enterprise', scopes });
const keys: Readonly<Record<string, ApiKeyOwner>> = {
  routes: keyOf('lab.read'),
  medium: keyOf('lab.read', 'pii.medium.read'),
  high: keyOf('lab.read', 'pii.high.read'),
};

beforeAll(async () => {
  lab = await startTestGateway({ lab: backend }, { findKey: (key) => keys[key] });
});
afterAll(() => lab[Symbol.asyncDispose]());

/** Who asks, and with which key; a role alone is that of somebody whom no message is about. */
interface Viewer {
  readonly token?: TokenChanges;
  readonly key?: string;
}
const somebody = (...roles: readonly string[]): TokenChanges => ({
  subject: 'somebody',
  roles: ['customer', ...roles],
});
const granted = (customer: string, role = 'support'): TokenChanges => ({
  ...somebody(role),
  claims: { grants: [{ id: 'g-1', role, customer }] },
});
const viewers = {
  anonymous: {},
  'the customer': { token: {} },
  'another customer': { token: somebody() },
  support: { token: somebody('support') },
  admin: { token: somebody('admin') },
  'a compliance officer': { token: somebody('compliance_officer') },
  'support by a grant for the customer': { token: granted(userId) },
  'support by a grant for nobody here': { token: granted('0192f3c1-0000-7c3a-9d5e-00000000ffff') },
  'an unknown role by a grant for the customer': { token: granted(userId, 'auditor') },
  'anonymous with pii.high.read': { key: 'high' },
  'the customer with a key for routes': { token: {}, key: 'routes' },
  'the customer with pii.high.read': { token: {}, key: 'high' },
  'support with a key for routes': { token: somebody('support'), key: 'routes' },
  'support with pii.medium.read': { token: somebody('support'), key: 'medium' },
  'support with pii.high.read': { token: somebody('support'), key: 'high' },
  'support by a grant with a key for routes': { token: granted(userId), key: 'routes' },
  'support by a grant with pii.high.read': { token: granted(userId), key: 'high' },
  'admin with a key for routes': { token: somebody('admin'), key: 'routes' },
  'admin with pii.medium.read': { token: somebody('admin'), key: 'medium' },
  'admin with pii.high.read': { token: somebody('admin'), key: 'high' },
  'a compliance officer with pii.medium.read': { token: somebody('compliance_officer'), key: 'medium' },
  'a compliance officer with pii.high.read': { token: somebody('compliance_officer'), key: 'high' },
} as const satisfies Readonly<Record<string, Viewer>>;
type ViewerName = keyof typeof viewers;

const headersOf = async (name: ViewerName): Promise<Record<string, string>> => {
  const { token, key = 'demo-enterprise' }: Viewer = viewers[name];
  const authorization = token === undefined ? undefined : `Bearer ${await lab.tokens.sign(token)}`;
  return { 'x-api-key': key, ...(authorization !== undefined && { authorization }) };
};
const get = async (viewer: ViewerName, path: string, headers: Record<string, string> = {}) =>
  lab.send('GET', path, { headers: { ...(await headersOf(viewer)), ...headers } });

const [secrets, all, none] = ['secrets', 'personal data', 'nothing personal'] as const satisfies readonly Shown[];

describe.each<[ViewerName, Shown, Shown]>([
  ['anonymous', none, none],
  ['the customer', all, none],
  ['another customer', none, none],
  ['support', all, all],
  ['admin', all, all],
  ['a compliance officer', none, none],
  ['support by a grant for the customer', all, none],
  ['support by a grant for nobody here', none, none],
  ['an unknown role by a grant for the customer', none, none],
  ['anonymous with pii.high.read', none, none],
  ['the customer with a key for routes', all, none],
  ['the customer with pii.high.read', all, none],
  ['support with a key for routes', none, none],
  ['support with pii.medium.read', all, all],
  ['support with pii.high.read', all, all],
  ['support by a grant with a key for routes', none, none],
  ['support by a grant with pii.high.read', all, none],
  ['admin with a key for routes', none, none],
  ['admin with pii.medium.read', all, all],
  ['admin with pii.high.read', secrets, secrets],
  ['a compliance officer with pii.medium.read', none, none],
  ['a compliance officer with pii.high.read', secrets, secrets],
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
      ofCustomer !== none ? 'jane.doe@example.com' : 'j***@e***.com',
    );
    expect((await get(viewer, '/lab/people/customer/age')).json).toBe(ofCustomer !== none ? 41 : null);
  });

  it('in a stream, as lines, as events and over a WebSocket', async () => {
    const path = '/lab/people:watch';
    const lines = await get(viewer, path);
    const events = await get(viewer, path, { accept: 'text/event-stream' });
    const socket = new WebSocket(`ws://127.0.0.1:${lab.port}${path}`, { headers: await headersOf(viewer) });
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
