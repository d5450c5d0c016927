import type { DescMethod } from '@bufbuild/protobuf';
import { alarmsOf, type PlatformError, toPlatformError } from '@mainstay/kernel';
import { currentContext, type OpenTransaction } from '@mainstay/kernel/context';
import { methodPolicy } from '../contract/method-policy.ts';
import type { CallerOptions } from './caller-options.ts';
import { createClientHedges } from './client-hedges.ts';
import { createHopelessCalls } from './hopeless-calls.ts';
import { createClientObservers } from './observe-client.ts';
import { type CalledMethod, OutgoingCall, type RequestedCall } from './outgoing-call.ts';
import { Tries } from './tries.ts';

/** Makes a call, and gives its answer as the request presents it. */
export type Caller = <T>(request: RequestedCall<T>) => Promise<T>;

/**
 * Makes the function that makes calls: deadline, headers, tries, and what is measured.
 *
 * A call with nothing left, or less than it needs, is refused before anything is sent. A failed try is repeated, elsewhere when there is an
 * elsewhere, when `decideRetry` allows it.
 */
export function createCaller(options: CallerOptions): Caller {
  const { clock, identity: signer } = options;
  const shared = { clock, alarms: alarmsOf(clock), signer };
  const observerOf = createClientObservers(options.meter);
  const hedgeOf = createClientHedges(options);
  const hopelessOf = createHopelessCalls(options);
  const known = new Map<DescMethod, CalledMethod>();

  const calledOf = (method: DescMethod): CalledMethod => {
    let called = known.get(method);
    if (called === undefined) {
      called = {
        policy: methodPolicy(method),
        observer: observerOf(method),
        hedge: hedgeOf(method),
        hopeless: hopelessOf(method),
      };
      known.set(method, called);
    }
    return called;
  };

  return (request) => {
    const context = currentContext();
    const objection = context?.transaction && objectionOf(context.transaction, request.method);
    if (objection !== undefined) return Promise.reject(objection);
    const call = new OutgoingCall(shared, calledOf(request.method), { request, context });
    return new Promise((resolve, reject) => new Tries(call, options, request).start(resolve, reject));
  };
}

/** What an open transaction says to a call that would keep it open for as long as the answer takes. */
function objectionOf(transaction: OpenTransaction, method: DescMethod): PlatformError | undefined {
  try {
    transaction.beforeRemoteCall(`${method.parent.typeName}/${method.name}`);
    return undefined;
  } catch (error) {
    return toPlatformError(error);
  }
}
