import { createClient } from '@connectrpc/connect';
import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { expect, it } from 'vitest';
import { startHost } from '../src/host/start-host.ts';
import { usersService } from './fixtures/users-service.ts';
import { internalKey } from './spawn-service.ts';

async function* listServices() {
  yield { messageRequest: { case: 'listServices' as const, value: '' } };
}

it.each<[string, string, Record<string, string>]>([
  ['local mode', 'told', {}],
  ['local mode where it is switched off', 'refused', { MAINSTAY_REFLECTION: 'false' }],
  ['production', 'refused', { MAINSTAY_MODE: 'production' }],
  ['production where it is switched on', 'told', { MAINSTAY_MODE: 'production', MAINSTAY_REFLECTION: 'true' }],
])('in %s contracts are %s when asked for by reflection', async (_, expected, env) => {
  await using host = await startHost([usersService], {
    env: {
      MAINSTAY_INTERNAL_KEY: internalKey,
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_LOG_LEVEL: 'error',
      MAINSTAY_DRAIN_PAUSE_MS: '0',
      ...env,
    },
  });
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'gateway' });
  const address = host.grpcAddress ?? '';
  await using transport = createDirectTransport({ address, identity, logger: silentLogger, meter: silentMeter });
  const ask = async (): Promise<string> => {
    for await (const { messageResponse } of createClient(ServerReflection, transport).serverReflectionInfo(
      listServices(),
    )) {
      return messageResponse.case === 'listServicesResponse' ? 'told' : 'refused';
    }
    return 'refused';
  };

  expect(await ask().catch(() => 'refused')).toBe(expected);
});
