import { createClient } from '@connectrpc/connect';
import { EventAdminService } from '@mainstay/contracts/mainstay/operations/v1/events';
import { SagaAdminService } from '@mainstay/contracts/mainstay/operations/v1/sagas';
import { discoveryReasons } from '@mainstay/discovery';
import { PlatformError, silentLogger, silentMeter } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { bindService, createInProcessTransport, createInternalIdentity } from '@mainstay/rpc';
import { expect, test } from 'vitest';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

const identity = createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'gateway' });
const uri = '/v1/operations';

/** A gateway in front of two services that answer one contract; each names itself and its caller. */
function start(): Promise<TestGateway> {
  const transportOf = (name: string) => {
    const binding = bindService(SagaAdminService, {
      listSagas: () => ({ sagas: [{ id: name, owner: currentContext()?.identity.userId ?? '' }] }),
    });
    const events = bindService(EventAdminService, {
      async *tailEvents({ after }) {
        yield { event: { source: name }, position: (after ?? 0n) + 1n };
      },
    });
    const bindings = [binding, events];
    return createInProcessTransport({ bindings: () => bindings, identity, logger: silentLogger, meter: silentMeter });
  };
  const known = new Map(['orders', 'payments'].map((name) => [name, transportOf(name)]));
  return startTestGateway(
    {},
    {
      services: [SagaAdminService, EventAdminService],
      async clientOf(service, name) {
        const transport = known.get(name);
        if (transport !== undefined) return createClient(service, transport);
        throw new PlatformError(discoveryReasons.NO_INSTANCE, `no instance of ${name}`);
      },
    },
  );
}

test('one route leads to the service that the path names, as the verified administrator', async () => {
  await using gateway = await start();
  const token = await gateway.tokens.sign({ subject: 'ada', roles: ['admin'] });
  for (const name of ['orders', 'payments']) {
    const { status, json } = await gateway.send('GET', `${uri}/${name}/sagas`, { token, headers: fast });
    expect(status).toBe(200);
    expect(json.sagas).toMatchObject([{ id: name, owner: 'ada' }]);
  }
});

test('a stream comes from the service that the path names, and goes on after a position', async () => {
  await using gateway = await start();
  const token = await gateway.tokens.sign({ subject: 'ada', roles: ['admin'] });
  const { status, text } = await gateway.send('GET', `${uri}/payments/events:tail?after=6`, { token, headers: fast });
  expect(status).toBe(200);
  expect(JSON.parse(text.split('\n')[0]!)).toMatchObject({ event: { source: 'payments' }, position: '7' });
});

test('a service that nobody knows answers 503, and gets no circuit however many names are tried', async () => {
  await using gateway = await start();
  const token = await gateway.tokens.sign({ subject: 'ada', roles: ['admin'] });
  for (const name of ['nobody', 'a', 'b', 'c']) {
    const { status, json } = await gateway.send('GET', `${uri}/${name}/sagas`, { token, headers: fast });
    expect([status, json.reason]).toEqual([503, 'NO_INSTANCE']);
  }
  expect(gateway.gateway.circuits.all().map(({ name }) => name)).toEqual([]);
});

test('customers and nobody are refused before any service is looked for', async () => {
  await using gateway = await start();
  const token = await gateway.tokens.sign({ roles: ['customer'] });
  expect((await gateway.send('GET', `${uri}/orders/sagas`, { token, headers: fast })).status).toBe(403);
  expect((await gateway.send('GET', `${uri}/nobody/sagas`, { headers: fast })).status).toBe(401);
});
