import type { BalancerStrategy } from '../balancer.ts';
import { type BalancingPolicyInput, type PolicyName, policyNames } from '../policy/balancing-policy.ts';
import { parseBalancingPolicy } from '../policy/parse-balancing-policy.ts';
import { createUpstream } from './create-upstream.ts';
import type { Upstream, UpstreamOptions } from './upstream.ts';

/** What the balancers need beside the endpoints. */
export interface BalancerOptions extends Partial<Omit<UpstreamOptions, 'policy'>> {}

/**
 * Makes a balancer.
 *
 * The name of a strategy gives that strategy and nothing else: no ejection, no slow start, no limits. A description is
 * checked by {@link parseBalancingPolicy} and brings its defaults with it. A name that does not exist is `random`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `BALANCING_POLICY_INVALID` for a wrong description.
 * @example
 * const balancer = createBalancer('round_robin');
 * const endpoint = balancer.pick(resolver.resolve('orders'));
 */
export function createBalancer(
  strategy: BalancerStrategy | BalancingPolicyInput,
  options: BalancerOptions = {},
): Upstream {
  const description = typeof strategy === 'string' ? plain(strategy) : strategy;
  return createUpstream({ name: 'balancer', ...options, policy: parseBalancingPolicy(description) });
}

function plain(strategy: string): BalancingPolicyInput {
  const policy = policyNames.includes(strategy as PolicyName) ? (strategy as PolicyName) : 'random';
  return { policy, outlier: { consecutiveErrors: 0 }, slowStart: { windowMs: 0 }, panicThresholdPercent: 0 };
}
