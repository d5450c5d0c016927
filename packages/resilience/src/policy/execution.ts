import { AsyncResource } from 'node:async_hooks';
import { type Clock, kernelReasons, PlatformError } from '@mainstay/kernel';
import { type CallRoot, CallScope, isCanceledBy, reasonOf } from './call-scope.ts';
import type { Done, Stage } from './layer.ts';
import type { CallFacts, PolicyCall } from './policy-types.ts';

const noFacts: CallFacts = Object.freeze({});

/**
 * Begins a call of a compiled policy and gives the one promise of it.
 *
 * @throws {@link PlatformError} `canceled` / `CANCELED`, executed: no, when the signal was aborted before.
 */
export function execute<T>(
  first: Stage,
  work: (call: PolicyCall) => T | PromiseLike<T>,
  about: AbortSignal | CallFacts | undefined,
): Promise<T> {
  const facts = about === undefined ? noFacts : toFacts(about);
  if (isCanceledBy(facts)) return Promise.reject(notBegun(reasonOf(facts)));
  const promise = new Promise<unknown>(keepResolvers);
  const execution = new Execution(work, facts);
  first.start(execution, execution);
  return promise as Promise<T>;
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

class Execution extends CallScope implements CallRoot, Done {
  readonly root = this;
  readonly work: (call: PolicyCall) => unknown;
  readonly facts: CallFacts;
  readonly #resolve = resolveNext;
  readonly #reject = rejectNext;
  /** The async context of the caller (trace, deadline, identity), for when somebody else's code continues this call. */
  readonly #context = new AsyncResource('mainstay.policy', resourceOptions);
  #turnClock: Clock | undefined;
  #turnMs = 0;

  constructor(work: (call: PolicyCall) => unknown, facts: CallFacts) {
    super(undefined);
    this.work = work;
    this.facts = facts;
  }

  resume(run: () => void): void {
    this.#turnClock = undefined;
    this.#context.runInAsyncScope(run);
  }

  turnMs(clock: Clock): number {
    if (this.#turnClock !== clock) {
      this.#turnClock = clock;
      this.#turnMs = clock.monotonicMs();
    }
    return this.#turnMs;
  }

  endTurn(): void {
    this.#turnClock = undefined;
  }

  succeed(value: unknown): void {
    this.close();
    this.#resolve(value);
  }

  fail(error: unknown): void {
    this.close();
    this.#reject(error);
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
