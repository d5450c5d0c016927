import type { Clock, Logger, Meter } from '@mainstay/kernel';
import { Budget } from './budget.ts';
import { errorCodeName } from './error-code.ts';
import type { Fault, Rule } from './fault.ts';

/** Notes the faults of one connection. */
export type FaultReporter = (fault: Fault) => void;

/**
 * Makes reporters of faults: each fault is counted, `mainstay.rpc.peer_faults`; the first of its kind on each connection
 * is logged, as long as peers that come again and again do not fill the log: 100 lines, then 10 a second, and the next
 * line tells how many were left out.
 */
export function createFaultReporters(options: {
  readonly logger: Logger;
  readonly meter: Meter;
  readonly side: 'client' | 'server';
  readonly clock: Clock;
}): (peer: string) => FaultReporter {
  const { logger, meter, side, clock } = options;
  const lines = new Budget({ burst: 100, perSecond: 10, nowMs: () => clock.monotonicMs() });
  let omitted = 0;
  const faults = meter.counter({
    name: 'mainstay.rpc.peer_faults',
    description: 'Rules of HTTP/2, or limits of ours, that peers broke',
    unit: '{fault}',
    labelNames: ['side', 'rule'],
  });
  return (peer) => {
    const logged = new Set<Rule>();
    return ({ rule, code, message, scope, cause }) => {
      faults.add(1, { side, rule });
      if (logged.has(rule)) return;
      logged.add(rule);
      const what = scope === 'connection' ? 'a connection ended because its peer broke a rule' : 'a peer broke a rule';
      if (!lines.spend() && cause === undefined) {
        omitted += 1;
        return;
      }
      const fields = { peer, side, rule, code: errorCodeName(code), detail: message, ...(omitted > 0 && { omitted }) };
      omitted = 0;
      if (cause === undefined) logger.warn(what, fields);
      else logger.error('a connection ended because of a mistake of ours', { ...fields, error: cause });
    };
  };
}
