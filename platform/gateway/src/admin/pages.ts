import type { RateLimiter } from '@mainstay/rate-limit';
import type { Gateway } from '../gateway.ts';
import { nameOfRoute } from '../limits/request-limits.ts';
import type { Quotas } from '../quotas/quotas.ts';
import { scopeOf } from '../routes/access.ts';

/** The routes with what decides about their requests, for the management port. */
export function showRoutes({ routes, limits }: Pick<Gateway, 'routes' | 'limits'>): object {
  const special = limits.settings().routes;
  return {
    routes: routes.map((route) => ({
      route: nameOfRoute(route),
      service: route.serviceName,
      method: route.method.name,
      access: route.policy.access,
      roles: route.policy.roles,
      scope: scopeOf(route),
      timeout_ms: route.timeoutMs,
      cost: limits.costOf(route),
      limit: special[nameOfRoute(route)]?.limit ?? null,
    })),
  };
}

/** The limits in force and how much is remembered, for the management port. */
export function showLimits(
  { limits }: Pick<Gateway, 'limits'>,
  { limiter, quotas }: { readonly limiter: RateLimiter; readonly quotas: Quotas | undefined },
): object {
  const { tiers, address, user, tenant, routes } = limits.settings();
  return {
    tiers,
    address: address ?? null,
    user: user ?? null,
    tenant: tenant ?? null,
    routes,
    buckets: limiter.stats(),
    quotas: quotas?.stats() ?? null,
  };
}
