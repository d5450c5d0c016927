import type { Resolver } from '../resolver/resolver.ts';
import type { EndpointSource } from './endpoint-source.ts';

/** Shows one service of a resolver as a source; disposing it leaves the resolver, which others use, alone. */
export function createRegistrySource(resolver: Resolver, service: string): EndpointSource {
  return {
    start: () => resolver.start(),
    endpoints: () => resolver.resolve(service),
    onChange: (callback) => resolver.onChange(service, callback),
    reportFailure: ({ id }) => resolver.reportFailure(service, id),
    status() {
      const { staleForMs, lastError, services } = resolver.status();
      return { kind: 'registry', endpoints: services[service]?.endpoints ?? 0, staleForMs, lastError };
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
