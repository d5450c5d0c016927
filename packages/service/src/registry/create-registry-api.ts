import type { Client } from '@connectrpc/connect';
import type { RegistryService } from '@mainstay/contracts/mainstay/registry/v1/registry';
import type { RegistryApi } from '@mainstay/discovery';
import { optionError, toPlatformError } from '@mainstay/kernel';

/** Client of one registry. */
export type RegistryClient = Client<typeof RegistryService>;

/**
 * Makes the port that discovery works with from clients of one or several registries.
 *
 * All calls go to one registry for as long as it answers. When it does not, the next of the list is asked, in the same
 * call for short calls and at the next try for a watch stream. An answer that refuses, such as `INSTANCE_UNKNOWN`, is
 * an answer: the instance then registers with the registry that gave it.
 *
 * @param clients - in order of preference, at least one.
 */
export function createRegistryApi(clients: readonly RegistryClient[]): RegistryApi {
  if (clients.length === 0) throw optionError('registry_address', 'at least one address', '');
  let current = 0;
  const clientNow = (): RegistryClient => clients[current % clients.length] as RegistryClient;

  const ask = async <T>(signal: AbortSignal, call: (client: RegistryClient) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const asked = current;
      try {
        return await call(clientNow());
      } catch (error) {
        if (!isAway(error, signal)) throw error;
        // Another call may have gone on to the next already.
        if (current === asked) current++;
        if (signal.aborted || attempt >= clients.length) throw error;
      }
    }
  };

  return {
    register: (request, signal) => ask(signal, (client) => client.register(request, { signal })),
    heartbeat: (request, signal) => ask(signal, (client) => client.heartbeat(request, { signal })),
    deregister: (request, signal) => ask(signal, (client) => client.deregister(request, { signal })),
    lookup: (request, signal) => ask(signal, (client) => client.lookup(request, { signal })),
    async *watch(services, signal) {
      const asked = current;
      try {
        yield* clientNow().watch({ services: [...services] }, { signal });
      } catch (error) {
        if (current === asked && isAway(error, signal)) current++;
        throw error;
      }
    },
  };
}

/** Whether the registry did not answer, as opposed to answering with a refusal; a limit that ran out means the same. */
function isAway(error: unknown, signal: AbortSignal): boolean {
  const { code } = toPlatformError(error);
  return code === 'unavailable' || code === 'deadline_exceeded' || signal.aborted;
}
