import { optionError } from '@mainstay/kernel';
import { type Claim, checkLimit, createTierLookup, type Limit, type Tiers } from '@mainstay/rate-limit';
import type { Caller } from '../identity/caller.ts';
import type { Client } from '../identity/client.ts';
import type { Route } from '../routes/compile-routes.ts';

/** What clients of a tier may use. */
export interface TierLimit extends Limit {
  /** Calls in a calendar month; null is no quota. */
  readonly monthlyQuota: number | null;
}

/** What is special about one route. */
export interface RouteLimit {
  /** Calls that one call counts as; default what the contract says. */
  readonly cost?: number;
  /** Limit of each client on this route, beside all others. */
  readonly limit?: Limit;
}

/** How much clients may use; another one may be put in force at any time. */
export interface LimitSettings {
  readonly tiers: Tiers<TierLimit>;
  /** Of each network address, of each user and of each tenant; absent: none. */
  readonly address?: Limit;
  readonly user?: Limit;
  readonly tenant?: Limit;
  /** By method and template, for example `POST /v1/orders`. */
  readonly routes: Readonly<Record<string, RouteLimit>>;
}

/** Tells what a request claims of which limits. */
export interface RequestLimits {
  /** What is known before anybody is identified by a token; `route` is undefined for a path that nobody serves. */
  claims(client: Client, route: Route | undefined): readonly Claim[];
  /** What a signed-in user claims on top, for itself and for a tenant that no key has claimed for. */
  callerClaims(client: Client, caller: Pick<Caller, 'identity' | 'tenant'>, route: Route): readonly Claim[];
  /** Claims that only look at each limit of a client, and what they are called: those of routes by the route. */
  looks(client: Client): { readonly names: readonly string[]; readonly claims: readonly Claim[] };
  /** Calls that the client may make in a month; null is any number. */
  monthlyQuota(client: Client): number | null;
  costOf(route: Route | undefined): number;
  /** Puts others in force; they count from the next request, and what was used stays used. */
  configure(settings: LimitSettings): void;
  settings(): LimitSettings;
}

/**
 * Compiles the limits of requests.
 *
 * @param routes - all there are; limits of a route that does not exist are refused.
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a limit outside its range.
 */
export function createRequestLimits(first: LimitSettings, routes: readonly Route[]): RequestLimits {
  const known = new Set(routes.map(nameOfRoute));
  let current = compile(first, known);
  return {
    claims: (client, route) => claimsOf(current, client, route),
    callerClaims: (client, caller, route) => callerClaimsOf(current, { client, caller, route }),
    looks: (client) => looksOf(current, client, routes),
    monthlyQuota: (client) => current.tierOf(client.tier).monthlyQuota,
    costOf: (route) => costOf(current, route),
    configure(settings) {
      current = compile(settings, known);
    },
    settings: () => current.settings,
  };
}

/** As it stands in the configuration. */
export function nameOfRoute({ httpMethod, template }: Route): string {
  return `${httpMethod} ${template.source}`;
}

interface CompiledLimits {
  readonly settings: LimitSettings;
  readonly tierOf: (name: string | undefined) => TierLimit;
  readonly byRoute: WeakMap<Route, RouteLimit>;
}

function compile(settings: LimitSettings, known: ReadonlySet<string>): CompiledLimits {
  for (const name of ['address', 'user', 'tenant'] as const) {
    if (settings[name] !== undefined) checkLimit(`limits.${name}`, settings[name]);
  }
  for (const [name, { limit }] of Object.entries(settings.routes)) {
    if (!known.has(name)) throw optionError('limits.routes', 'routes that exist, such as POST /v1/orders', name);
    if (limit !== undefined) checkLimit(`limits.routes ${name}`, limit);
  }
  return { settings, tierOf: createTierLookup(settings.tiers), byRoute: new WeakMap() };
}

function ofRoute({ settings, byRoute }: CompiledLimits, route: Route): RouteLimit {
  let found = byRoute.get(route);
  if (found === undefined) {
    found = settings.routes[nameOfRoute(route)] ?? {};
    byRoute.set(route, found);
  }
  return found;
}

function costOf(limits: CompiledLimits, route: Route | undefined): number {
  return route === undefined ? 1 : (ofRoute(limits, route).cost ?? route.policy.cost);
}

function callerClaimsOf(
  limits: CompiledLimits,
  request: { readonly client: Client; readonly caller: Pick<Caller, 'identity' | 'tenant'>; readonly route: Route },
): readonly Claim[] {
  const { user, tenant } = limits.settings;
  const { client, caller, route } = request;
  const { userId } = caller.identity;
  if ((user === undefined || userId === undefined) && (tenant === undefined || caller.tenant === undefined))
    return none;
  const cost = costOf(limits, route);
  const claims: Claim[] = [];
  if (user !== undefined && userId !== undefined)
    claims.push({ name: 'user', key: `user:${userId}`, limit: user, cost });
  if (tenant !== undefined && caller.tenant !== undefined && client.tenant === undefined) {
    claims.push({ name: 'tenant', key: `tenant:${caller.tenant}`, limit: tenant, cost });
  }
  return claims;
}

function looksOf(
  limits: CompiledLimits,
  client: Client,
  routes: readonly Route[],
): { readonly names: readonly string[]; readonly claims: readonly Claim[] } {
  const everywhere = claimsOf(limits, client, undefined);
  const limited = routes.filter((route) => ofRoute(limits, route).limit !== undefined);
  const ofRoutes = limited.flatMap((route) => claimsOf(limits, client, route).slice(-1));
  return {
    names: [...everywhere.map(({ name }) => name), ...limited.map(nameOfRoute)],
    claims: [...everywhere, ...ofRoutes].map((claim) => ({ ...claim, cost: 0 })),
  };
}

const none: readonly Claim[] = [];

function claimsOf(limits: CompiledLimits, client: Client, route: Route | undefined): readonly Claim[] {
  const { settings, tierOf } = limits;
  const cost = costOf(limits, route);
  const claims: Claim[] = [{ name: 'client', key: client.id, limit: tierOf(client.tier), cost }];
  if (settings.address !== undefined) {
    claims.push({ name: 'address', key: `all:${client.address}`, limit: settings.address, cost });
  }
  if (settings.tenant !== undefined && client.tenant !== undefined) {
    claims.push({ name: 'tenant', key: `tenant:${client.tenant}`, limit: settings.tenant, cost });
  }
  const limit = route === undefined ? undefined : ofRoute(limits, route).limit;
  if (route !== undefined && limit !== undefined) {
    claims.push({ name: 'route', key: `route:${nameOfRoute(route)}:${client.id}`, limit, cost });
  }
  return claims;
}
