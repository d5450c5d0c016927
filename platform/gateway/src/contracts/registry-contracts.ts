import { ServerReflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import type { ServiceContext } from '@mainstay/service';
import type { gatewayConfig } from '../config.ts';
import type { LearningSource } from './learn-contracts.ts';

/** Services come from the registry; one that has other instances than before may have another contract. */
export function registryContracts(context: ServiceContext<typeof gatewayConfig>): LearningSource {
  const { config, resolver } = context;
  return {
    intervalMs: config['learning.interval_ms'],
    services: () =>
      new Map(
        Object.keys(resolver.status().services).flatMap((name): readonly (readonly [string, string])[] => {
          const ids = resolver.resolve(name).map(({ id }) => id);
          return ids.length === 0 ? [] : [[name, ids.toSorted().join()]];
        }),
      ),
    reflection: (name) => context.clientOf(ServerReflection, name),
  };
}
