import type { Logger, Meter } from '@mainstay/kernel';
import { errorCodeName } from '../frames/frame.ts';
import type { Fault, Rule } from '../http2/rule.ts';

/** Notes the faults of one connection. */
export type FaultReporter = (fault: Fault) => void;

/**
 * Makes reporters of faults: each fault is counted, `mainstay.rpc.peer_faults`; the end of a connection is logged, and
 * of faults that end only a stream the first of its kind on each connection.
 */
export function createFaultReporters(options: {
  readonly logger: Logger;
  readonly meter: Meter;
  readonly side: 'client' | 'server';
}): (peer: string) => FaultReporter {
  const { logger, meter, side } = options;
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
      const fields = { peer, side, rule, code: errorCodeName(code), detail: message };
      if (cause === undefined) logger.warn(what, fields);
      else logger.error('a connection ended because of a mistake of ours', { ...fields, error: cause });
    };
  };
}
