import { AsyncResource } from 'node:async_hooks';
import { type Clock, kernelReasons, PlatformError } from '@mainstay/kernel';
import { type CallRoot, CallScope, isCanceledBy, reasonOf } from './call-scope.ts';
import { compile, type Layer, Stage } from './layer.ts';
import type { CallFacts, PolicyCall } from './policy-types.ts';

const noFacts: CallFacts = Object.freeze({});

/** Layers that were linked once, for many calls. */
export class CompiledPolicy {
  readonly #first: Stage;

  constructor(layers: readonly Layer[]) {
    this.#first = compile(layers, new EndStage());
  }

  /**
   * Begins a call and gives the one promise of it.
   *
   * @throws {@link PlatformError} `canceled` / `CANCELED`, executed: no, when the signal was aborted before.
   */
  execute<T>(work: (call: PolicyCall) => T | PromiseLike<T>, about: AbortSignal | CallFacts | undefined): Promise<T> {
    const facts = about === undefined ? noFacts : toFacts(about);
    if (isCanceledBy(facts)) return Promise.reject(notBegun(reasonOf(facts)));
    const promise = new Promise<unknown>(keepResolvers);
    turn.clock = undefined;
    this.#first.start(new Execution(work, facts));
    return promise as Promise<T>;
  }
}

// One executor for all promises spares each call a closure; the constructor of a promise calls it at once.
let resolveNext: (value: unknown) => void;
let rejectNext: (error: unknown) => void;
function keepResolvers(resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  resolveNext = resolve;
  rejectNext = reject;
}

// Without hooks that nobody needs here, remembering a context is one small object.
const resourceOptions = { requireManualDestroy: true };

/**
 * The reading of the clock that layers share on the way in, which they go without a break; of no clock between two ways.
 */
const turn: { clock: Clock | undefined; ms: number } = { clock: undefined, ms: 0.5 };

class Execution extends CallScope implements CallRoot {
  declare readonly root: CallRoot;
  declare readonly work: (call: PolicyCall) => unknown;
  declare readonly facts: CallFacts;
  declare readonly resolve: (value: unknown) => void;
  declare readonly reject: (error: unknown) => void;
  declare private context: AsyncResource | undefined;

  constructor(work: (call: PolicyCall) => unknown, facts: CallFacts) {
    super(undefined);
    this.root = this;
    this.work = work;
    this.facts = facts;
    this.resolve = resolveNext;
    this.reject = rejectNext;
    this.context = undefined;
  }

  keepContext(): void {
    this.context ??= new AsyncResource('mainstay.policy', resourceOptions);
  }

  resume(run: () => void): void {
    turn.clock = undefined;
    if (this.context === undefined) run();
    else this.context.runInAsyncScope(run);
  }

  turnMs(clock: Clock): number {
    if (turn.clock !== clock) {
      turn.ms = clock.monotonicMs();
      turn.clock = clock;
    }
    return turn.ms;
  }

  endTurn(): void {
    turn.clock = undefined;
  }
}

/** The outermost stage: settles the promise of the call. */
class EndStage extends Stage<Execution> {
  override succeed(call: Execution, value: unknown): void {
    call.close();
    call.resolve(value);
  }

  override fail(call: Execution, error: unknown): void {
    call.close();
    call.reject(error);
  }
}

function toFacts(about: AbortSignal | CallFacts): CallFacts {
  return 'aborted' in about ? { signal: about } : about;
}

/** Whatever the signal says of the work it ended, this call never began. */
function notBegun(reason: unknown): PlatformError {
  const message = 'the call was canceled before its first try';
  return new PlatformError(kernelReasons.CANCELED, message, { executed: 'no', cause: reason });
}
