import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { InstanceState, type WatchResponse } from '@mainstay/contracts/mainstay/registry/v1/registry';
import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import type { RegistryApi } from '../registry-api.ts';

/** One promise that every {@link RegistryApi} keeps. */
export interface RegistryApiCase {
  readonly title: string;
  /** Rejects when the promise is broken. Uses services of its own, so that all cases may share one registry. */
  run(api: RegistryApi): Promise<void>;
}

const signal = new AbortController().signal;

/**
 * What discovery relies on, to be run against every registry: the one in memory that its tests use, and the real one
 * behind a socket.
 *
 * @example
 * test.for(registryApiContract())('$title', async ({ run }) => run(api));
 */
export function registryApiContract(): readonly RegistryApiCase[] {
  return [
    {
      title: 'an instance that registered is found, with its id, address and metadata',
      async run(api) {
        const { service, id } = names();
        const answer = await register(api, service, id);
        equal(answer.created, true);
        ok(answer.heartbeatIntervalMs > 0);
        const { instances } = await api.lookup({ service }, signal);
        deepEqual(
          instances.map(({ id, address, metadata, state }) => ({ id, address, metadata, state })),
          [{ id, address: '127.0.0.1:1', metadata: { version: '1' }, state: InstanceState.HEALTHY }],
        );
      },
    },
    {
      title: 'registering again under the same id renews the entry',
      async run(api) {
        const { service, id } = names();
        await register(api, service, id);
        equal((await register(api, service, id)).created, false);
        equal((await api.lookup({ service }, signal)).instances.length, 1);
      },
    },
    {
      title: 'a beat of an unknown instance is answered with not_found',
      async run(api) {
        const { service, id } = names();
        const beat = api.heartbeat({ service, instanceId: id, state: InstanceState.HEALTHY }, signal);
        await rejects(beat, (error) => isPlatformError(error, 'INSTANCE_UNKNOWN') && error.code === 'not_found');
      },
    },
    {
      title: 'a beat changes the state, and a draining instance is not found until it is healthy again',
      async run(api) {
        const { service, id } = names();
        await register(api, service, id);
        for (const [state, found] of [
          [InstanceState.DRAINING, 0],
          [InstanceState.HEALTHY, 1],
        ] as const) {
          await api.heartbeat({ service, instanceId: id, state, load: 3 }, signal);
          equal((await api.lookup({ service }, signal)).instances.length, found);
        }
      },
    },
    {
      title: 'an unknown service has no instances, and taking out an unknown one is no error',
      async run(api) {
        const { service, id } = names();
        deepEqual((await api.lookup({ service }, signal)).instances, []);
        equal((await api.deregister({ service, instanceId: id }, signal)).removed, false);
      },
    },
    {
      title: 'a watch gives the whole picture, then each change as the complete list of the service',
      async run(api) {
        const { service, id } = names();
        await register(api, service, id);
        await watching(api, [service], async (next) => {
          deepEqual(ids(await nextOf(service, next)), [id]);
          await register(api, service, `${id}-2`);
          deepEqual(ids(await nextOf(service, next)).sort(), [id, `${id}-2`].sort());
          await api.deregister({ service, instanceId: id }, signal);
          deepEqual(ids(await nextOf(service, next)), [`${id}-2`]);
        });
      },
    },
    {
      title: 'a watch of services without instances has a complete, empty picture at once',
      async run(api) {
        const { service } = names();
        await watching(api, [service], async (next) => {
          let message = await next();
          while (!message.synced) message = await next();
          deepEqual(message.instances, []);
        });
      },
    },
  ];
}

function names(): { service: string; id: string } {
  const id = uuidv7();
  return { service: `contract-${id.slice(-12)}`, id };
}

function register(api: RegistryApi, service: string, id: string): ReturnType<RegistryApi['register']> {
  const instance = { id, service, address: '127.0.0.1:1', metadata: { version: '1' }, state: InstanceState.HEALTHY };
  return api.register({ instance }, signal);
}

function ids(message: WatchResponse): string[] {
  return message.instances.map(({ id }) => id);
}

/** Registries may repeat themselves, so only messages about the service count. */
async function nextOf(service: string, next: () => Promise<WatchResponse>): Promise<WatchResponse> {
  let message = await next();
  while (message.service !== service) message = await next();
  return message;
}

async function watching(
  api: RegistryApi,
  services: readonly string[],
  run: (next: () => Promise<WatchResponse>) => Promise<void>,
): Promise<void> {
  const controller = new AbortController();
  const iterator = api.watch(services, controller.signal)[Symbol.asyncIterator]();
  try {
    await run(async () => {
      const result = await iterator.next();
      ok(result.done !== true, 'the registry ended the watch');
      return result.value;
    });
  } finally {
    controller.abort();
  }
  await rejects(iterator.next());
}
