import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { ServiceImpl } from '@connectrpc/connect';
import type { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import type { Registry } from '../registry.ts';
import { readRegistration, readReportedState, toInstance } from './instance-message.ts';

const defaultAuditLimit = 100;

/** The gRPC face: translates between the contract's messages and the registry. */
export function createRegistryService(registry: Registry): ServiceImpl<typeof RegistryService> {
  const { table, timings } = registry;
  const { heartbeatIntervalMs } = timings;
  return {
    async register({ instance }) {
      if (instance === undefined) {
        throw new PlatformError(kernelReasons.REQUEST_INVALID, 'instance is required', {
          violations: [{ field: 'instance', rule: 'required', message: 'value is required' }],
        });
      }
      const { entry, created } = registry.register(readRegistration(instance));
      return { instance: toInstance(entry), created, heartbeatIntervalMs };
    },
    async heartbeat({ service, instanceId, state, load }) {
      table.heartbeat({ service, id: instanceId }, { reported: readReportedState(state), load });
      return { heartbeatIntervalMs };
    },
    async deregister({ service, instanceId }) {
      return { removed: table.deregister(service, instanceId) };
    },
    async lookup({ service, filter, includeUnroutable }) {
      return { instances: table.lookup(service, filter, includeUnroutable).map(toInstance) };
    },
    async listServices() {
      return { instances: table.list().map(toInstance) };
    },
    async *watch({ services }, { signal }) {
      for await (const update of registry.watch(services, signal)) {
        yield { service: update.service, instances: update.instances.map(toInstance), synced: update.synced };
      }
    },
    async listAudit({ service, limit }) {
      const entries = registry.audit(limit === 0 ? defaultAuditLimit : limit, service).map((record) => ({
        at: timestampFromMs(record.atMs),
        service: record.service,
        instanceId: record.id,
        event: record.event,
        reason: record.reason,
      }));
      return { entries };
    },
  };
}
