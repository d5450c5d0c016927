import { type CancelListener, Cancellation, type Clock, type Deadline } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { CallFacts, PolicyCall } from './policy-types.ts';

/** What all scopes of one `execute` share. */
export interface CallRoot {
  readonly work: (call: PolicyCall) => unknown;
  readonly facts: CallFacts;
  /** Remembers the async context (trace, deadline, identity); by layers that are going to {@link resume} the call, before. */
  keepContext(): void;
  /** Runs code that was woken by another call or by a timer in the async context that was kept. */
  resume(run: () => void): void;
  /**
   * Monotonic time at which this way in began; only for layers on it.
   *
   * Several layers look at the clock before the function is called; all of one clock share one reading.
   */
  turnMs(clock: Clock): number;
  /** The function is called now, or the way in was left and goes on: the next reading is a new one. */
  endTurn(): void;
}

/**
 * A part of a call that can be cancelled on its own: the whole, one try under a time-out, one of two hedged tries.
 *
 * Cancelling reaches all scopes inside. What cancelling needs is made when somebody asks for it; {@link close} lets go of
 * the scope outside.
 *
 * The fields of scopes are declared and set by constructors. Fields that the class defines are made first and set then,
 * which took a sixth of the time of a whole call.
 */
export abstract class CallScope implements PolicyCall {
  abstract readonly root: CallRoot;
  /** The scope that this one lies in; undefined for the whole call. */
  declare readonly parent: CallScope | undefined;
  declare attempt: number;
  /** Whether the function was called in this scope, so that it may have had effects. */
  declare hasBegun: boolean;
  /** Of the circuit that gave leave in this scope, when it did; -1 while there is none. */
  declare generation: number;
  /** Monotonic time of that leave, for a circuit that wants to know. */
  declare admittedMs: number;
  declare private cancellation: ScopeCancellation | undefined;

  constructor(parent: CallScope | undefined) {
    this.parent = parent;
    this.attempt = parent === undefined ? 1 : parent.attempt;
    this.hasBegun = false;
    this.generation = -1;
    this.admittedMs = 0;
    this.cancellation = undefined;
  }

  get signal(): AbortSignal {
    if (this.parent === undefined) {
      const { signal, cancellation } = this.root.facts;
      if (cancellation !== undefined) return cancellation.signal;
      if (signal !== undefined) return signal;
    }
    if (this.cancellation === undefined && this.isCanceled) this.cancel(this.cancelReason);
    return this.#linked().signal;
  }

  get deadline(): Deadline | undefined {
    if (this.parent !== undefined) return this.parent.deadline;
    return this.root.facts.deadline ?? currentContext()?.deadline;
  }

  get isCanceled(): boolean {
    if (this.cancellation?.isCanceled) return true;
    return this.parent === undefined ? isCanceledBy(this.root.facts) : this.parent.isCanceled;
  }

  get cancelReason(): unknown {
    if (this.cancellation?.isCanceled) return this.cancellation.reason;
    return this.parent === undefined ? reasonOf(this.root.facts) : this.parent.cancelReason;
  }

  markBegun(): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.parent?.markBegun();
  }

  cancel(reason: unknown): void {
    this.cancellation ??= new ScopeCancellation();
    this.cancellation.cancel(reason);
    this.cancellation.unlink();
  }

  /**
   * Calls back when this scope is cancelled, at once when it is already.
   *
   * @returns takes the listener away.
   */
  onCancel(listener: (reason: unknown) => void): () => void {
    if (this.isCanceled) {
      listener(this.cancelReason);
      return () => undefined;
    }
    const cancellation = this.#linked();
    const told: CancelListener = { onCancel: listener };
    cancellation.listen(told);
    return () => cancellation.unlisten(told);
  }

  /** Lets go of the scope outside; what is still running here is no longer told when that one is cancelled. */
  close(): void {
    this.cancellation?.unlink();
  }

  #linked(): ScopeCancellation {
    this.cancellation ??= new ScopeCancellation();
    if (!this.cancellation.isCanceled) this.cancellation.link(() => this.#linkOutwards());
    return this.cancellation;
  }

  /** @returns lets go of the scope outside; undefined when there is none. */
  #linkOutwards(): (() => void) | undefined {
    if (this.parent !== undefined) return this.parent.onCancel((reason) => this.cancel(reason));
    const { signal, cancellation } = this.root.facts;
    if (cancellation !== undefined) {
      const listener: CancelListener = { onCancel: (reason) => this.cancel(reason) };
      cancellation.listen(listener);
      return () => cancellation.unlisten(listener);
    }
    if (signal === undefined) return undefined;
    const onAbort = (): void => this.cancel(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    return () => signal.removeEventListener('abort', onAbort);
  }
}

/** Whether the caller gave the call up. */
export function isCanceledBy({ signal, cancellation }: CallFacts): boolean {
  return cancellation === undefined ? signal?.aborted === true : cancellation.isCanceled;
}

/** Why; undefined before. */
export function reasonOf({ signal, cancellation }: CallFacts): unknown {
  return cancellation === undefined ? signal?.reason : cancellation.reason;
}

/** The early end of a scope, which may come from the scope outside. */
class ScopeCancellation extends Cancellation {
  #unlink: (() => void) | undefined;

  /** Links to the scope outside, unless that was done. */
  link(toOutside: () => (() => void) | undefined): void {
    this.#unlink ??= toOutside();
  }

  unlink(): void {
    this.#unlink?.();
    this.#unlink = undefined;
  }
}

/** A scope inside another one. */
export class InnerScope extends CallScope {
  declare readonly root: CallRoot;
  declare readonly parent: CallScope;

  constructor(parent: CallScope) {
    super(parent);
    this.root = parent.root;
  }
}
