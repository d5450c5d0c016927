import { createClient } from '@connectrpc/connect';
import { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import {
  bindService,
  createDirectTransport,
  createInProcessTransport,
  createInternalIdentity,
  startRpcServer,
} from '../src/index.ts';

const identity = createInternalIdentity({ key: new Uint8Array(32), service: 'tests' });
const silent = { logger: silentLogger, meter: silentMeter, identity };

test('echo', async () => {
  const binding = bindService(RegistryService, {
    lookup: ({ service }) => ({ instances: [{ id: '1', service, address: 'a:1' }] }),
    async *watch() {
      yield { service: 'a' };
      yield { service: 'b' };
    },
  });
  await using server = await startRpcServer({ bindings: [binding], ...silent, serving: () => true });
  await using transport = createDirectTransport({ address: server.address, ...silent });
  for (const t of [transport, createInProcessTransport({ bindings: () => [binding], ...silent })]) {
    const client = createClient(RegistryService, t);
    const answer = await client.lookup({ service: 'orders' });
    expect(answer.instances[0]?.service).toBe('orders');
    const seen: string[] = [];
    for await (const m of client.watch({})) seen.push(m.service);
    expect(seen).toEqual(['a', 'b']);
    await expect(client.listAudit({})).rejects.toMatchObject({ reason: 'METHOD_UNKNOWN' });
    await expect(client.lookup({})).rejects.toMatchObject({
      reason: 'REQUEST_INVALID',
      violations: [{ field: 'service' }],
    });
  }
});
