import type { DescFile, DescService } from '@bufbuild/protobuf';
import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { compileRoutes, type Route } from './compile-routes.ts';
import { createMatcher, type RouteMatcher } from './matcher.ts';

/** The routes that are served now: those of the gateway's own contracts, and those that services brought. */
export interface RouteTable {
  readonly matcher: RouteMatcher<Route>;
  routes(): readonly Route[];
  /** Files of the gateway's own contracts, by name with `.proto`. */
  readonly files: ReadonlyMap<string, DescFile>;
  /** Tells whether the gateway has the contract of a service itself. */
  isOwn(name: string): boolean;
  /**
   * Serves the contract of a service, in place of what it brought before; without services it is no longer served.
   *
   * All of it or nothing: running requests keep the routes they were given.
   *
   * @throws {@link PlatformError} `ROUTE_INVALID` when a rule cannot be routed or is another one's route, `CONTRACT_REFUSED` for a
   * service that the gateway knows itself, or too many routes.
   */
  replace(name: string, services: readonly DescService[]): void;
}

/** Most routes that one service brings. */
const maxRoutes = 500;

/** Compiles the gateway's own contracts. */
export function createRouteTable(services: readonly DescService[]): RouteTable {
  const own = compileRoutes(services);
  const ownNames = new Set(own.map(({ serviceName }) => serviceName));
  const brought = new Map<string, readonly Route[]>();
  let routes: readonly Route[] = own;
  let matcher = createMatcher(routes);
  return {
    matcher: { match: (method, path) => matcher.match(method, path) },
    routes: () => routes,
    files: filesOf(services),
    isOwn: (name) => ownNames.has(name),
    replace(name, contract) {
      if (ownNames.has(name)) {
        throw new PlatformError(gatewayReasons.CONTRACT_REFUSED, `the gateway has the contract of ${name} itself`);
      }
      const compiled = compileRoutes(contract);
      if (compiled.length > maxRoutes) {
        throw new PlatformError(
          gatewayReasons.CONTRACT_REFUSED,
          `the contract of ${name} has over ${maxRoutes} routes`,
        );
      }
      const others = [...brought].filter(([other]) => other !== name).flatMap(([, theirs]) => theirs);
      const all = [...own, ...others, ...compiled];
      matcher = createMatcher(all);
      routes = all;
      if (compiled.length === 0) brought.delete(name);
      else brought.set(name, compiled);
    },
  };
}

function filesOf(services: readonly DescService[]): ReadonlyMap<string, DescFile> {
  const files = new Map<string, DescFile>();
  const add = (file: DescFile): void => {
    if (files.has(file.proto.name)) return;
    files.set(file.proto.name, file);
    for (const dependency of file.dependencies) add(dependency);
  };
  for (const { file } of services) add(file);
  return files;
}
