import { newRecord } from './core/apply.ts';
import type { SagaRecord } from './core/record.ts';
import type { SagaDefinition } from './saga-options.ts';
import type { SagaStart } from './store/saga-writes.ts';

/** A saga to start. */
export interface SagaInput<State extends object> {
  readonly id: string;
  readonly subject: string;
  readonly state: State;
}

/** A new saga as it is recorded, its secrets apart, and as its runner sees it. */
export function startOf<State extends object>(
  saga: SagaDefinition<State>,
  { id, subject, state }: SagaInput<State>,
  { atMs, traceparent = null }: { readonly atMs: number; readonly traceparent?: string | null },
): { readonly start: Omit<SagaStart, 'owner'>; readonly record: SagaRecord } {
  const { name, version, stages, plan } = saga;
  const whole = { ...(state as Record<string, unknown>) };
  const common = { id, name, version, subject, stages, parent: null, traceparent };
  if (plan.forwardSecrets.length === 0) {
    const record = newRecord({ ...common, state: whole, secrets: [], createdAtMs: atMs });
    return { start: { ...common, state: whole, secrets: null, atMs }, record };
  }
  const secrets = plan.forwardSecrets.filter((key) => (whole[key] ?? null) !== null);
  const open = { ...whole, ...Object.fromEntries(plan.forwardSecrets.map((key) => [key, null])) };
  const hidden = Object.fromEntries(secrets.map((key) => [key, whole[key]]));
  return {
    start: { ...common, state: open, secrets: secrets.length === 0 ? null : hidden, atMs },
    record: newRecord({ ...common, state: whole, secrets, createdAtMs: atMs }),
  };
}
