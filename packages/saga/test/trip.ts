import { PlatformError } from '@mainstay/kernel';
import { defineSaga, type SagaDefinition, type SagaOptions, type StepContext, sagaReasons } from '../src/index.ts';

export interface TripState {
  readonly orderId: string;
  readonly card: string | null;
  readonly paymentId?: string;
}

export const tripSteps = ['hold', 'pay', 'close'] as const;
type TripStep = (typeof tripSteps)[number];

/** The services a trip calls: each step has one effect by key, can be undone once, and refuses to run after that. */
export class World {
  readonly effects = new Map<string, 'done' | 'undone'>();
  /** Every call in order, as `run hold` or `undo hold`. */
  readonly calls: string[] = [];
  readonly contexts: StepContext[] = [];
  /** Called before the effect of a call; throws to make the call fail. */
  before: (kind: 'run' | 'undo', step: string, context: StepContext) => void | Promise<void> = () => undefined;
  /** Called after the effect, before the answer. */
  after: (kind: 'run' | 'undo', step: string, context: StepContext) => void | Promise<void> = () => undefined;

  async call(kind: 'run' | 'undo', step: string, context: StepContext): Promise<void> {
    this.calls.push(`${kind} ${step}`);
    this.contexts.push(context);
    await this.before(kind, step, context);
    const effect = `${context.subject}/${step}`;
    if (kind === 'undo') this.effects.set(effect, 'undone');
    else if (this.effects.get(effect) === 'undone') throw failure({ retry: 'never', message: 'closed' });
    else this.effects.set(effect, 'done');
    await this.after(kind, step, context);
  }

  of(orderId: string): Record<string, string | undefined> {
    return Object.fromEntries(tripSteps.map((step) => [step, this.effects.get(`${orderId}/${step}`)]));
  }
}

export function failure(options: {
  readonly retry?: 'never' | 'now';
  readonly executed?: 'no' | 'maybe' | 'yes';
  readonly message?: string;
}): PlatformError {
  const { retry = 'now', executed = 'no', message = 'the service failed' } = options;
  return new PlatformError(sagaReasons.SAGA_STATE_INVALID, message, { retry, executed });
}

let made = 0;

/**
 * A saga of three steps, each with a counter-action, that writes a note in the transaction of each checkpoint.
 *
 * Each call makes one of another name, so that no engine of a test takes what another test left behind.
 */
export function tripSaga(world: World, changes: Partial<SagaOptions<TripState>> = {}): SagaDefinition<TripState> {
  const step = (name: TripStep) => ({
    name,
    async run(_state: TripState, context: StepContext) {
      await world.call('run', name, context);
      context.commit(async (tx) => {
        await tx.query('insert into notes (saga_id, note) values ($1, $2)', [context.sagaId, `${name} done`]);
      });
      return name === 'pay' ? { paymentId: `payment of ${context.subject}` } : {};
    },
    async compensate(_state: TripState, context: StepContext) {
      await world.call('undo', name, context);
    },
  });
  return defineSaga<TripState>({
    name: `trip-${++made}`,
    steps: tripSteps.map(step),
    forwardSecrets: ['card'],
    cancelUntil: 'close',
    async onCompleted(tx, event) {
      await tx.query('insert into notes (saga_id, note) values ($1, $2)', [event.sagaId, 'completed']);
    },
    async onFailed(tx, event) {
      const note = `failed: ${event.reason?.kind}`;
      await tx.query('insert into notes (saga_id, note) values ($1, $2)', [event.sagaId, note]);
    },
    ...changes,
  });
}
