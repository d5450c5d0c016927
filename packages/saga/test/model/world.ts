import type { Executed, Retry } from '@mainstay/kernel';
import fc from 'fast-check';
import { defineSaga, type SagaStep } from '../../src/index.ts';

/** What the world does to the next call, or between two calls. */
export type Happening =
  | { readonly on: 'call'; readonly outcome: 'ok' | 'lost-answer' | 'crash-before' | 'crash-after' | 'stop' }
  | { readonly on: 'call'; readonly outcome: 'fail'; readonly executed: Executed; readonly retry: Retry }
  | { readonly on: 'request'; readonly what: 'cancel' | 'event' | 'retry' | 'turn' | 'skip' };

export const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ on: 'call', outcome: 'ok' } as const) },
  {
    weight: 4,
    arbitrary: fc.record({
      on: fc.constant('call' as const),
      outcome: fc.constant('fail' as const),
      executed: fc.constantFrom<Executed>('no', 'maybe', 'yes'),
      retry: fc.constantFrom<Retry>('never', 'now', 'after'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      on: fc.constant('call' as const),
      outcome: fc.constantFrom('lost-answer', 'crash-before', 'crash-after', 'stop'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      on: fc.constant('request' as const),
      what: fc.constantFrom('cancel', 'event', 'event', 'retry', 'turn', 'skip'),
    }),
  },
) as fc.Arbitrary<Happening>;

interface StepShape {
  readonly undoable: boolean;
  readonly asks: boolean;
  readonly careful: boolean;
  readonly waits: 'event' | 'time' | null;
  readonly beside: boolean;
}

const stepShape: fc.Arbitrary<StepShape> = fc.record({
  undoable: fc.boolean(),
  asks: fc.boolean(),
  careful: fc.boolean(),
  waits: fc.constantFrom(null, null, null, 'event', 'time'),
  beside: fc.boolean(),
});

/** Definitions of one to six steps of every kind. */
export const definition = fc
  .record({
    shapes: fc.array(stepShape, { minLength: 1, maxLength: 6 }),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    cancelUntil: fc.nat(6),
    pivot: fc.nat(9),
  })
  .map(({ shapes, maxAttempts, cancelUntil, pivot }) => {
    const steps = shapes.map(
      (shape, index): SagaStep<object> => ({
        name: `step-${index}`,
        run: async () => undefined,
        ...(shape.undoable && { compensate: async () => undefined }),
        ...(shape.asks && { inquire: async () => ({ outcome: 'done' }) }),
        ...(shape.waits === 'event' && { waitFor: { event: 'go', timeLimitMs: 10_000 } }),
        ...(shape.waits === 'time' && { waitFor: { ms: 1_000 } }),
        retry: { maxAttempts, on: shape.careful ? 'not-run' : 'any' },
      }),
    );
    const stages: { parallel: SagaStep<object>[] }[] = [];
    for (const [index, step] of steps.entries()) {
      if (shapes[index]?.beside && stages.length > 0) stages.at(-1)!.parallel.push(step);
      else stages.push({ parallel: [step] });
    }
    return defineSaga<object>({
      name: 'model',
      steps: stages,
      ...(cancelUntil < steps.length && { cancelUntil: `step-${cancelUntil}` }),
      ...(pivot < steps.length && { pivot: `step-${pivot}` }),
      forwardSecrets: ['secret' as never],
    });
  });
