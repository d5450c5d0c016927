import type { DescMethod } from '@bufbuild/protobuf';
import { alarmsOf, type Clock, type Logger, type Meter } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { EngineAnswer } from '../engine/engine.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { isStream } from '../wire/streams.ts';
import type { CallTarget } from './call-target.ts';
import { createClientObservers } from './observe-client.ts';
import { type CalledMethod, calledMethod, OutgoingCall, type RequestedCall } from './outgoing-call.ts';
import { Tries } from './tries.ts';
import { watchedAnswer } from './watch-payload.ts';

/** What a caller is made of. */
export interface CallerOptions {
  readonly target: CallTarget;
  readonly identity: IdentitySigner;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly maxAttempts: number;
  /** Source of randomness in [0, 1). */
  readonly random: () => number;
}

/** Makes a call, and gives its answer as `present` shows it. */
export type Caller = <T>(request: RequestedCall, present: (answer: EngineAnswer) => T) => Promise<T>;

/**
 * Makes the function that makes calls: deadline, headers, tries, and what is measured.
 *
 * A call with nothing left is refused before anything is sent. A failed try is repeated, elsewhere when there is an
 * elsewhere, when `decideRetry` allows it.
 */
export function createCaller(options: CallerOptions): Caller {
  const { clock, identity: signer } = options;
  const shared = { clock, alarms: alarmsOf(clock), signer };
  const observerOf = createClientObservers(options);
  const known = new Map<DescMethod, CalledMethod>();

  const calledOf = (method: DescMethod): CalledMethod => {
    let called = known.get(method);
    if (called === undefined) {
      called = calledMethod(method, observerOf(method));
      known.set(method, called);
    }
    return called;
  };

  return (request, present) => {
    const call = new OutgoingCall(shared, calledOf(request.method), { request, context: currentContext() });
    return new Tries(call, options).start(
      (answer) => {
        if (isStream(answer.payload)) return present(watchedAnswer(answer, call));
        call.finish();
        return present(answer);
      },
      (error) => {
        const failure = fromConnectError(error);
        call.finish(failure);
        throw failure;
      },
    );
  };
}
