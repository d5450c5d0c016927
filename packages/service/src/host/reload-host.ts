import type { ServiceDefinition } from '../definition.ts';
import { readEnvironment } from '../environment/read-environment.ts';
import type { HostCore } from './host-core.ts';

/**
 * Reads file and environment again, all or nothing, and puts the balancing policies in force.
 *
 * @throws {@link PlatformError} what `readEnvironment` throws; nothing is changed then.
 */
export function reloadHost(definitions: readonly ServiceDefinition[], core: HostCore): void {
  const { host } = readEnvironment(definitions, core.variables);
  const upstreams = core.upstreams.configure(host.balancing);
  core.logger.info('configuration reloaded', { upstreams });
}
