import { expect, it } from 'vitest';
import type { ClearRead } from '../../src/clear-reads/clear-read-store.ts';
import { fast, startTestGateway } from '../harness.ts';

it('a poll shows an address to its owner and to support alone, and the reading of support is recorded', async () => {
  const records: ClearRead[] = [];
  await using lab = await startTestGateway(
    {
      orders: {
        async *watchOrder({ id }) {
          yield { position: 1n, order: { id, userId: 'owner', shippingAddress: { street: '1 Hill Road' } } };
        },
      },
    },
    {
      clearReads: {
        record: async (reads) => void records.push(...reads),
        latest: async () => [],
        forget: async () => 0,
      },
    },
  );
  const streetFor = async (subject: string, role: string): Promise<unknown> => {
    const token = await lab.tokens.sign({ subject, roles: [role] });
    const headers = { ...fast, accept: 'application/json', prefer: 'wait=5' };
    const { json } = await lab.send('GET', '/v1/orders/o-1:watch', { token, headers });
    return json.events[0].data.order.shipping_address.street;
  };

  expect([
    await streetFor('owner', 'customer'),
    await streetFor('other', 'customer'),
    await streetFor('agent', 'support'),
  ]).toEqual(['1 Hill Road', '***', '1 Hill Road']);
  const fields = expect.arrayContaining(['mainstay.common.v1.Address.street']);
  expect(records).toMatchObject([{ userId: 'agent', method: 'orders.WatchOrder', fields }]);
});
