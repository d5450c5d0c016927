import type { DescMethod } from '@bufbuild/protobuf';
import type { Logger, Meter, PlatformError } from '@mainstay/kernel';
import { runInContext } from '@mainstay/kernel/context';
import { methodName } from '../contract/method-name.ts';
import type { EngineCall } from '../engine/engine.ts';
import { rpcReasons } from '../errors.ts';
import { readTrace } from './read-context.ts';

/** Keeps account of which service calls what. */
export interface CallerAudit {
  /** Notes an admitted call; each pair of service and method is logged once, at debug level. */
  admitted(method: DescMethod, caller: string | undefined): void;
  /** Notes a refusal, when it was for the service that called: one log line and one count each. */
  refused(call: EngineCall, error: PlatformError, caller: string | undefined): void;
}

const audited: ReadonlySet<string> = new Set([
  rpcReasons.CALLER_MISMATCH.name,
  rpcReasons.CALLER_NOT_ALLOWED.name,
  rpcReasons.IDENTITY_INVALID.name,
  rpcReasons.METHOD_INTERNAL.name,
]);

/** Names in signed identities are few; a signer gone mad must not fill the memory. */
const maxCallersPerMethod = 256;

/** What stands for a caller that proved nothing. */
const nobody = 'nobody';

/** Makes the audit of a server: counter `rpc.server.callers_refused` and log lines; never sees a payload or a token. */
export function createCallerAudit({ logger, meter }: { logger: Logger; meter: Meter }): CallerAudit {
  const refusals = meter.counter({
    name: 'rpc.server.callers_refused',
    description: 'Calls refused because of the service that made them',
    unit: '{call}',
    labelNames: ['service', 'method', 'caller', 'reason'],
  });
  const seen = new Map<DescMethod, Set<string | undefined>>();
  let lastMethod: DescMethod | undefined;
  let lastCaller: string | undefined;

  return {
    admitted(method, caller) {
      if (method === lastMethod && caller === lastCaller) return;
      lastMethod = method;
      lastCaller = caller;
      let callers = seen.get(method);
      if (callers === undefined) seen.set(method, (callers = new Set()));
      if (callers.has(caller) || callers.size >= maxCallersPerMethod) return;
      callers.add(caller);
      logger.debug('caller admitted for the first time', { rpc: methodName(method), caller: caller ?? nobody });
    },
    refused(call, error, caller = nobody) {
      if (!audited.has(error.reason)) return;
      const { method } = call;
      refusals.add(1, { service: method.parent.typeName, method: method.name, caller, reason: error.reason });
      runInContext({ trace: readTrace(call.header), identity: { kind: 'anonymous', roles: [] } }, () =>
        logger.warn('caller refused', {
          rpc: methodName(method),
          caller,
          from: call.local === undefined ? 'socket' : 'this process',
          ...(call.peer !== undefined && {
            certificate: call.peer.uris.join(' ') || call.peer.dnsNames.join(' '),
            fingerprint: call.peer.fingerprint,
          }),
          reason: error.reason,
          why: error.rawMessage,
        }),
      );
    },
  };
}
