import { create } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import { type Order, OrderSchema, OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { anonymousIdentity, currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { bindService, createInProcessTransport, type ServiceBinding } from '../src/index.ts';
import { collect, gateway, silent } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const request = { id: 'o1' };

function ordersTransport(order: Order, freeze: boolean) {
  const binding = bindService(OrdersService, { getOrder: () => ({ order }) });
  return createInProcessTransport({ ...silent, identity: gateway, bindings: () => [binding], freeze });
}

test('messages are shared with nobody copying them, so that a call costs no bytes', async () => {
  const order = create(OrderSchema, { id: 'o1' });

  const answer = await createClient(OrdersService, ordersTransport(order, false)).getOrder(request);

  expect(answer.order).toBe(order);
});

test('with freeze on, a change of a message after it was handed over fails at once, at any depth', async () => {
  const order = create(OrderSchema, {
    id: 'o1',
    items: [{ sku: 'a' }],
    total: { currencyCode: 'USD', minorUnits: 5n },
  });

  const answer = await createClient(OrdersService, ordersTransport(order, true)).getOrder(request);

  expect(() => {
    (answer.order as Order).id = 'changed';
  }).toThrow(TypeError);
  expect(() => answer.order?.items.push(order.items[0] as never)).toThrow(TypeError);
  expect(() => {
    (order.items[0] as { sku: string }).sku = 'changed';
  }).toThrow(TypeError);
});

test('with freeze on, the messages of streams are frozen both ways', async () => {
  const frozen: boolean[] = [];
  const binding = bindService(KindsService, {
    async *bidiStream(requests) {
      for await (const message of requests) {
        frozen.push(Object.isFrozen(message));
        yield { value: 'a' };
      }
    },
  });
  const transport = createInProcessTransport({ ...silent, bindings: () => [binding], freeze: true });
  async function* one(): AsyncIterable<object> {
    yield {};
  }

  const answers = await collect(createClient(KindsService, transport).bidiStream(one()));

  expect([...frozen, ...answers.map((answer) => Object.isFrozen(answer))]).toEqual([true, true]);
});

test('a call whose handler asks for no headers makes none: no span is begun', async () => {
  const trace = newTrace();
  let begun = 0;
  const context = {
    identity: anonymousIdentity,
    get trace() {
      begun += 1;
      return trace;
    },
  };
  const binding = bindService(KindsService, {
    unary: ({ value }) => ({ value: value === 'look' ? (currentContext()?.trace.traceId ?? '') : '' }),
  });
  const client = createClient(KindsService, createInProcessTransport({ ...silent, bindings: () => [binding] }));

  await runInContext(context, () => client.unary({}));
  expect(begun).toBe(0);
  const looked = await runInContext(context, () => client.unary({ value: 'look' }));
  expect([begun, looked.value]).toEqual([1, trace.traceId]);
});

test('services come and go at run time', async () => {
  const bindings: ServiceBinding[] = [];
  const client = createClient(KindsService, createInProcessTransport({ ...silent, bindings: () => bindings }));

  await expect(client.unary({})).rejects.toMatchObject({ reason: 'METHOD_UNKNOWN', executed: 'no' });
  bindings.push(bindService(KindsService, { unary: () => ({ value: 'here' }) }));
  expect((await client.unary({})).value).toBe('here');
  bindings.pop();
  await expect(client.unary({})).rejects.toMatchObject({ reason: 'METHOD_UNKNOWN' });
});

test('running calls are counted', async () => {
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const binding = bindService(KindsService, {
    async unary() {
      started.resolve();
      await release.promise;
      return {};
    },
  });
  const transport = createInProcessTransport({ ...silent, bindings: () => [binding] });

  const call = createClient(KindsService, transport).unary({});
  await started.promise;
  expect(transport.inFlight()).toBe(1);
  release.resolve();
  await call;
  expect(transport.inFlight()).toBe(0);
});

test('a handler that returns nothing is a bug of the service, not of the caller', async () => {
  const binding = bindService(KindsService, { unary: () => undefined as never });
  const client = createClient(KindsService, createInProcessTransport({ ...silent, bindings: () => [binding] }));

  await expect(client.unary({})).rejects.toMatchObject({ code: 'internal', reason: 'ANSWER_UNWRITABLE' });
});

test('an implementation may be a class, and a property that is no function is refused', async () => {
  class Kinds {
    readonly name = 'Kinds';
    unary(): object {
      return { value: this.name };
    }
  }
  const binding = bindService(KindsService, new Kinds());
  const client = createClient(KindsService, createInProcessTransport({ ...silent, bindings: () => [binding] }));

  expect((await client.unary({})).value).toBe('Kinds');
  expect(() => bindService(KindsService, { unary: 'text' as never })).toThrow(
    'implementation.unary must be a function',
  );
});

test('a service that comes and goes while the transport stands is found, and missed, at the next call', async () => {
  const bindings: ServiceBinding[] = [];
  const transport = createInProcessTransport({ ...silent, identity: gateway, bindings: () => bindings });
  const kinds = createClient(KindsService, transport);
  await expect(kinds.unary({})).rejects.toMatchObject({ reason: 'METHOD_UNKNOWN' });

  bindings.push(bindService(KindsService, { unary: () => ({ value: 'here' }) }));
  expect(await kinds.unary({})).toMatchObject({ value: 'here' });

  bindings.pop();
  await expect(kinds.unary({})).rejects.toMatchObject({ reason: 'METHOD_UNKNOWN' });
});
