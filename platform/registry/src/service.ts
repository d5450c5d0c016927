import { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { fixedPort, PlatformError } from '@mainstay/kernel';
import { bindService } from '@mainstay/rpc';
import { defineService, type RunningService, type ServiceContext, type ServiceDefinition } from '@mainstay/service';
import { registryConfig } from './config.ts';
import { registryReasons } from './errors.ts';
import { startHttpFace } from './http/http-face.ts';
import { probeLiveness } from './probe/probe-liveness.ts';
import { Registry } from './registry.ts';
import { createRegistryService } from './rpc/registry-service.ts';
import { fileRegistryStore } from './store/file-registry-store.ts';
import { forgetfulStore } from './store/registry-store.ts';

const maxSweepIntervalMs = 500;
const saveDebounceMs = 100;

/** The registry: gRPC on port 8501 and HTTP on port 8500, both moved by the offset. */
export const registryService: ServiceDefinition<typeof registryConfig> = defineService({
  name: 'registry',
  version: '0.1.0',
  config: registryConfig,
  register: false,
  grpcPort: 'registryGrpc',
  start: startRegistry,
});

async function startRegistry(context: ServiceContext<typeof registryConfig>): Promise<RunningService> {
  const { config, logger, listen, health } = context;
  const registry = await openRegistry(context);
  const face = await startHttpFace({
    registry,
    logger,
    host: listen.host,
    port: config.http_port ?? fixedPort('registryHttp', listen.portOffset),
    authorizeWrite: (header) => authorizeWrite(context, header),
  }).catch(async (error: unknown) => {
    await registry[Symbol.asyncDispose]();
    throw error;
  });
  health.addDetail('registry', () => registry.status());
  return {
    bindings: [bindService(RegistryService, createRegistryService(registry))],
    address: face.url,
    drain: async () => registry.closeWatchers(),
    async [Symbol.asyncDispose]() {
      await face[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function openRegistry(context: ServiceContext<typeof registryConfig>): Promise<Registry> {
  const { config, clock, logger, meter } = context;
  const heartbeatIntervalMs = config.heartbeat_interval_ms;
  return Registry.open({
    clock,
    logger,
    meter,
    store: config.state_file === undefined ? forgetfulStore : fileRegistryStore(config.state_file, logger),
    timings: {
      heartbeatIntervalMs,
      suspectAfterMissedCount: config.suspect_after_missed,
      drainAfterMissedCount: config.drain_after_missed,
      removeGraceMs: config.remove_grace_ms,
    },
    maxInstanceCount: config.max_instances,
    maxWatcherCount: config.max_watchers,
    auditCount: config.audit_entries,
    watchRepeatMs: config.watch_repeat_ms,
    sweepIntervalMs: Math.min(maxSweepIntervalMs, heartbeatIntervalMs / 4),
    saveDebounceMs,
    probe: (entry, signal) => probeLiveness(entry.managementUrl, config.probe_timeout_ms, signal),
  });
}

/** On one's own machine anyone may register; in production only who holds the fleet's key. */
function authorizeWrite({ mode, identity }: ServiceContext<typeof registryConfig>, header: string | undefined): void {
  if (mode !== 'production') return;
  if (header === undefined) {
    const message = 'a change over HTTP needs the header mainstay-identity in production';
    throw new PlatformError(registryReasons.REGISTRY_WRITE_REFUSED, message);
  }
  identity.verify(header);
}
