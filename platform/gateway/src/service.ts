import comments from '@mainstay/contracts/comments.json' with { type: 'json' };
import reasons from '@mainstay/contracts/reasons.json' with { type: 'json' };
import { contractServices } from '@mainstay/contracts/services';
import { fixedPort } from '@mainstay/kernel';
import { countPolicyEvents, createLoadShedder } from '@mainstay/resilience';
import { methodPolicy } from '@mainstay/rpc';
import { defineService, type RunningService, type ServiceContext, type ServiceDefinition } from '@mainstay/service';
import { gatewayConfig } from './config.ts';
import { createGateway, type Gateway } from './gateway.ts';
import { demoKeys } from './identity/api-keys.ts';
import { httpBindings } from './routes/http-rule.ts';
import { toSettings } from './settings.ts';

/** Services that some HTTP rule leads to. */
const routedServices = contractServices.filter(({ methods }) => methods.some((rpc) => httpBindings(rpc).length > 0));

/** The gateway: HTTP on port 8080, moved by the offset. It needs no other service to start. */
export const gatewayService: ServiceDefinition<typeof gatewayConfig> = defineService({
  name: 'gateway',
  version: '0.1.0',
  config: gatewayConfig,
  calls: routedServices.filter(({ methods }) => methods.some((rpc) => methodPolicy(rpc).target === '')),
  start: startGateway,
});

async function startGateway(context: ServiceContext<typeof gatewayConfig>): Promise<RunningService> {
  const { config, mode, version, listen, health, clock, logger, meter } = context;
  const shedder =
    config['shed.lag_ms'] === 0
      ? undefined
      : createLoadShedder({
          name: 'gateway',
          fullLagMs: config['shed.lag_ms'],
          clock,
          onEvent: countPolicyEvents(meter),
        });
  const gateway = createGateway({
    ...toSettings(config),
    title: 'Mainstay',
    version,
    services: routedServices,
    comments: config['docs.enabled'] ? comments : undefined,
    reasons,
    client: (service) => context.client(service),
    clientOf: (service, name) => context.clientOf(service, name),
    apiKeys: mode === 'local' ? [...demoKeys, ...config['clients.keys']] : config['clients.keys'],
    ...(shedder !== undefined && { admit: (priority) => shedder.admit(priority) }),
    clock,
    logger,
    meter,
  });
  const port = config['server.port'] ?? fixedPort('gateway', listen.portOffset);
  const address = await listenOrStop(gateway, listen.host, port);
  health.addDetail('gateway', () => ({ ...gateway.status(), load: shedder?.snapshot() ?? null }));
  logger.info('listening', { url: address });
  return {
    address,
    circuits: gateway.circuits,
    drain: () => gateway.drain(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      shedder?.[Symbol.dispose]();
    },
  };
}

async function listenOrStop(gateway: Gateway, host: string, port: number): Promise<string> {
  try {
    return await gateway.listen(host, port);
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}
