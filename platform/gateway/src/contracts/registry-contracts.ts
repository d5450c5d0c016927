import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import type { ServiceContext } from '@mainstay/service';
import type { gatewayConfig } from '../config.ts';
import type { LearningSource } from './learn-contracts.ts';

type Context = Pick<ServiceContext<typeof gatewayConfig>, 'name' | 'resolver' | 'clientOf'> & {
  readonly config: { readonly 'learning.interval_ms': number };
};

/** Services come from the registry, gateways left out; one that has other instances than before may have another contract. */
export function registryContracts(context: Context): LearningSource {
  const { config, name: own, resolver } = context;
  return {
    intervalMs: config['learning.interval_ms'],
    services: () =>
      new Map(
        Object.keys(resolver.status().services).flatMap((name): readonly (readonly [string, string])[] => {
          if (name === own) return [];
          const ids = resolver.resolve(name).map(({ id }) => id);
          return ids.length === 0 ? [] : [[name, ids.toSorted().join()]];
        }),
      ),
    reflection: (name) => context.clientOf(ServerReflection, name),
  };
}
