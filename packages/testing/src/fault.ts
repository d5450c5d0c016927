import { type FaultHandler, optionError, setFaultHandler } from '@mainstay/kernel';

/** What a test does at a fault point. */
export interface FaultOptions {
  /** At the n-th time the point is reached, from 1; earlier and later times pass. Default 1. */
  readonly at?: number;
  /** Runs at the point instead of holding: throw to fail there, await to delay. */
  readonly run?: () => void | Promise<void>;
}

/** A fault point under a test's control; disposing releases it and takes the control away. */
export interface Fault extends Disposable {
  /** Resolves when the point was reached for the chosen time. */
  readonly reached: Promise<void>;
  /** Lets the code that is held go on. */
  release(): void;
  /** How often the point was reached so far. */
  readonly hitCount: number;
}

const handlers = new Map<string, Set<() => void | Promise<void>>>();

const dispatch: FaultHandler = async (name) => {
  for (const handler of handlers.get(name) ?? []) await handler();
};

/**
 * Holds the code at a named fault point until the test releases it, so that a race is driven instead of hoped for.
 *
 * Several points may be held at once. While one is, every fault point of the process costs a turn of microtasks.
 *
 * @param name - as in the code's `faultPoint(name)`.
 * @example
 * using fault = withFault('outbox.after-select');
 * const running = relay.runOnce();
 * await fault.reached;
 * // the race happens here
 * fault.release();
 * await running;
 */
export function withFault(name: string, options: FaultOptions = {}): Fault {
  const at = options.at ?? 1;
  if (!Number.isInteger(at) || at < 1) throw optionError('fault.at', 'an integer of at least 1', at);
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let hitCount = 0;
  const handler = (): void | Promise<void> => {
    hitCount += 1;
    if (hitCount !== at) return;
    reached.resolve();
    return options.run === undefined ? released.promise : options.run();
  };
  addHandler(name, handler);
  return {
    reached: reached.promise,
    release: () => released.resolve(),
    get hitCount() {
      return hitCount;
    },
    [Symbol.dispose]() {
      released.resolve();
      removeHandler(name, handler);
    },
  };
}

function addHandler(name: string, handler: () => void | Promise<void>): void {
  const present = handlers.get(name) ?? new Set();
  handlers.set(name, present.add(handler));
  setFaultHandler(dispatch);
}

function removeHandler(name: string, handler: () => void | Promise<void>): void {
  const present = handlers.get(name);
  present?.delete(handler);
  if (present?.size === 0) handlers.delete(name);
  if (handlers.size === 0) setFaultHandler(undefined);
}
