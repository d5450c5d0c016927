import { formatStages } from './core/stages.ts';
import { flatSteps, resolvePlan } from './resolve-plan.ts';
import type { SagaDefinition, SagaOptions } from './saga-options.ts';

/**
 * Writes down a saga: steps with their counter-actions, limits, and hooks into its transactions.
 *
 * Nothing runs until an engine that was given the definition starts one. Steps run in order; the state is durable before
 * each. A step that fails for good turns the saga round: what completed or may have run is undone in reverse order.
 *
 * Shape: the state is a JSON object; no bigint, no Date.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for names, numbers or references out of range.
 * @example
 * const placeOrder = defineSaga<{ orderId: string }>({
 *   name: 'place-order',
 *   steps: [{ name: 'reserve-stock', run: (s, c) => reserve(s.orderId), compensate: (s) => release(s.orderId) }],
 * });
 */
export function defineSaga<State extends object>(options: SagaOptions<State>): SagaDefinition<State> {
  const plan = resolvePlan(options);
  const steps = flatSteps(options.steps).map(({ step }) => step);
  return Object.freeze({ ...options, version: plan.version, steps, plan, stages: formatStages(plan.steps) });
}
