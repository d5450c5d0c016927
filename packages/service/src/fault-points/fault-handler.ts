import type { Clock, FaultHandler, Logger } from '@mainstay/kernel';
import type { FaultRule } from './parse-fault-points.ts';

/** What a fault handler acts with. */
export interface FaultHandlerOptions {
  readonly rules: readonly FaultRule[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the process so that nothing runs after it, default SIGKILL to itself. */
  readonly kill?: () => void;
}

/** Makes the handler that carries out fault rules; points without a rule pass at once. */
export function createFaultHandler(options: FaultHandlerOptions): FaultHandler {
  const kill = options.kill ?? ((): void => void process.kill(process.pid, 'SIGKILL'));
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const rule = options.rules.find((each) => each.name === name && (each.atCount ?? count) === count);
    if (rule === undefined) return;
    options.logger.warn('fault point reached', { point: name, count, action: rule.action.kind });
    if (rule.action.kind === 'delay') return options.clock.sleep(rule.action.delayMs);
    kill();
    // The signal arrives a moment later; nothing behind the point may run until then.
    return new Promise(() => undefined);
  };
}
