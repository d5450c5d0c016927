import { createClient } from '@connectrpc/connect';
import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchContract } from '../src/contracts/fetch-contract.ts';
import { createRouteTable } from '../src/routes/route-table.ts';
import { type Answer, type Backends, type SendOptions, startTestGateway, type TestGateway } from './harness.ts';
import { labServiceWith } from './lab.ts';

let lab: TestGateway | undefined;
afterEach(() => lab?.[Symbol.asyncDispose]());

const services = [ProductsService, UsersService];
const start = async (backends: Backends): Promise<TestGateway> => {
  lab = await startTestGateway(backends, { services, learns: true });
  return lab;
};
const send = (method: string, path: string, options: SendOptions = {}): Promise<Answer> =>
  (lab as TestGateway).send(method, path, options);
const look = (): Promise<void> | undefined => lab?.gateway.learner?.look();

describe('a service whose contract the gateway has never seen', () => {
  it('is served, with all that its contract says, and documented, once it has been asked', async () => {
    const { gateway } = await start({
      lab: {
        getThing: ({ text, colour }: { text: string; colour: number }) => ({ text: `${text} ${colour}` }),
        patchThing: (request: unknown) => request,
      } as never,
    });
    const before = await send('GET', '/lab/things/a');
    await look();
    const after = await send('GET', '/lab/things/a?colour=COLOUR_RED');
    const any =
      '{"thing":{"@type":"type.googleapis.com/lab.v1.Inner","name":"n"},"at":"2026-01-31T12:00:00Z","maybe_big":"7"}';
    const patched = await send('PATCH', '/lab/things/a', { body: any });
    const openapi = await send('GET', '/openapi.json');

    expect(before.status).toBe(404);
    expect(after.json).toMatchObject({ text: 'a 1' });
    expect(patched.json).toMatchObject({ ...(JSON.parse(any) as object), text: 'a' });
    expect((await send('GET', '/lab/hidden')).status).toBe(404);
    expect(Object.keys(openapi.json.paths)).toContain('/lab/things/{text}:paint');
    expect(gateway.status()['contracts']).toContainEqual({ service: 'lab', refused: undefined });
  });

  it('is refused whole when it claims a route that is served, and disturbs nobody', async () => {
    const labContract = labServiceWith({ get: '/lab/only', additionalBindings: [{ get: '/v1/products/{text}' }] });
    const { gateway, logs } = await start({
      lab: { only: () => ({}) },
      labContract,
      products: { getProduct: ({ id }: { id: string }) => ({ product: { id } }) },
    });
    await look();

    expect((await send('GET', '/lab/only')).status).toBe(404);
    expect((await send('GET', '/v1/products/p')).json).toMatchObject({ id: 'p' });
    expect(gateway.status()['contracts']).toContainEqual({ service: 'lab', refused: 'ROUTE_INVALID' });
    expect(logs).toContainEqual(
      expect.objectContaining({ message: 'contract refused', fields: expect.objectContaining({ target: 'lab' }) }),
    );
  });

  it('cannot describe another one', async () => {
    await start({ lab: { getOrder: () => ({}) } as never, labContract: OrdersService });
    await look();

    expect((await send('GET', '/v1/orders/o')).status).toBe(404);
  });
});

describe('a contract', () => {
  it('is asked for again when the service did not answer, and when its instances change', async () => {
    const { gateway } = await start({ lab: { getThing: () => ({}) } as never });
    await lab?.stop('lab');
    await look();
    const away = gateway.status()['contracts'];
    await lab?.restart('lab');
    await look();

    expect(away).toEqual([{ service: 'lab', refused: expect.any(String) }]);
    expect(gateway.status()['contracts']).toEqual([{ service: 'lab', refused: undefined }]);
  });

  it.each([
    ['2 files', { maxFiles: 2, maxBytes: 1_000_000 }, 'more than 2 files'],
    ['1,000 bytes', { maxFiles: 100, maxBytes: 1_000 }, 'larger than 1000 bytes'],
  ])('beyond %s is refused', async (_, bounds, message) => {
    const running = await start({ lab: {} });
    const client = createClient(ServerReflection, running.grpcTo('lab'));
    const limits = { ...bounds, timeoutMs: 5_000 };

    await expect(fetchContract(client, 'lab', { known: new Map(), limits })).rejects.toThrow(message);
  });
});

describe('createRouteTable', () => {
  it('gives a service the routes of its newest contract only, and never those of the gateway', () => {
    const table = createRouteTable(services);
    const own = table.routes().length;
    table.replace('lab', [labServiceWith({ get: '/lab/a' })]);
    table.replace('lab', [labServiceWith({ get: '/lab/b' })]);

    expect(table.matcher.match('GET', '/lab/a').kind).toBe('not_found');
    expect(table.matcher.match('GET', '/lab/b').kind).toBe('found');
    expect(() => table.replace('products', [])).toThrow('the gateway has the contract of products itself');
    expect(() => table.replace('other', [labServiceWith({ get: '/lab/b' })])).toThrow('are one route');
    expect(table.routes()).toHaveLength(own + 1);
    table.replace('lab', []);
    expect(table.routes()).toHaveLength(own);
  });
});
