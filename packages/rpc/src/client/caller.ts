import type { DescMethod } from '@bufbuild/protobuf';
import { discoveryReasons } from '@mainstay/discovery';
import {
  type Clock,
  type Deadline,
  deadlineIn,
  earlierDeadline,
  isPlatformError,
  kernelReasons,
  type Logger,
  type Meter,
  PlatformError,
  remainingMs,
} from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { decideRetry, nextDelayMs } from '@mainstay/resilience';
import { methodPolicy, type ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineAnswer, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { CallScope } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { markFromPeer } from '../wire/from-peer.ts';
import { headers } from '../wire/headers.ts';
import { afterEarlierTry } from '../wire/revise-error.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { setCallHeaders } from './call-headers.ts';
import type { CallPlace, CallTarget } from './call-target.ts';
import { createClientObserver } from './observe-client.ts';
import { tryAt } from './try-at.ts';
import { countedPayload, watchedAnswer } from './watch-payload.ts';

/** A call as it comes from a Connect client. */
export interface OutgoingCall {
  readonly method: DescMethod;
  readonly payload: Payload;
  readonly header: Headers;
  readonly signal: AbortSignal | undefined;
  /** Limit named by the caller for this one call, in milliseconds. */
  readonly timeoutMs: number | undefined;
}

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

/** Pauses between tries: long enough for another instance to be chosen, short enough to hide in a call. */
const retryPauses = { baseDelayMs: 10, maxDelayMs: 250 };
/** A call that is asked to wait longer than this is better repeated by whoever made it. */
const longestPauseMs = 1_000;

/**
 * Makes the function that makes calls: deadline, headers, tries, and what is measured.
 *
 * The deadline is the earliest of the context's, the contract's and the call's own; a call with nothing left is refused
 * before anything is sent. A failed try is repeated, elsewhere when there is an elsewhere, when `decideRetry` allows it.
 */
export function createCaller(options: CallerOptions): (call: OutgoingCall) => Promise<EngineAnswer> {
  const { clock } = options;
  const observer = createClientObserver(options);

  return async (call) => {
    const context = currentContext();
    const policy = methodPolicy(call.method);
    const deadline = earlierDeadline(context?.deadline, ownDeadline(call, policy, clock));
    const scope = new CallScope({ clock, deadline, nowMs: clock.monotonicMs() });
    scope.follow(call.signal);
    scope.follow(context?.cancellation ?? context?.signal);
    const observed = observer.begin(call.method);
    const finish = (failure?: PlatformError): void => {
      scope.end();
      if (failure !== undefined) markFromPeer(failure);
      observed(failure);
    };
    try {
      const answer = await withRetries(call, { options, policy, deadline, scope });
      return watchedAnswer(answer, scope, finish);
    } catch (error) {
      const failure = fromConnectError(error);
      finish(failure);
      throw failure;
    }
  };
}

function ownDeadline(call: OutgoingCall, policy: ResolvedMethodPolicy, clock: Clock): Deadline | undefined {
  const ms = Math.min(policy.timeoutMs ?? Number.POSITIVE_INFINITY, call.timeoutMs ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(ms) ? deadlineIn(ms, clock) : undefined;
}

interface RetrySurroundings {
  readonly options: CallerOptions;
  readonly policy: ResolvedMethodPolicy;
  readonly deadline: Deadline | undefined;
  readonly scope: CallScope;
}

async function withRetries(
  call: OutgoingCall,
  { options, policy, deadline, scope }: RetrySurroundings,
): Promise<EngineAnswer> {
  const { clock, target, logger } = options;
  const { payload, wasRead } = countedPayload(call.payload);
  const tried = new Set<string>();
  const sent = Metadata.of(call.header);
  const key = target.keyOf?.(sent);
  let pauseMs: number | undefined;
  let failure: PlatformError | undefined;

  for (let attempt = 1; ; attempt++) {
    if (scope.isCanceled) throw failure ?? refusal(scope.reason);
    const chosen = choosePlace(target, { tried, key, failure, scope });
    const place = chosen instanceof Promise ? await chosen : chosen;
    tried.add(place.id);
    const header = setCallHeaders(sent.copy(), { context: currentContext(), policy });
    if (deadline !== undefined) header.set(headers.timeout, formatTimeout(remainingMs(deadline, clock)));
    try {
      return await tryAt(place, { method: call.method, payload, header, cancellation: scope }, options.identity);
    } catch (error) {
      failure = afterEarlierTry(failure, fromConnectError(error));
      const isKeyed = policy.idempotency !== 'keyed' || header.has(headers.idempotencyKey);
      pauseMs = nextDelayMs(pauseMs, { ...retryPauses, random: options.random });
      const decision = decideRetry({
        error: failure,
        idempotency: isKeyed ? policy.idempotency : 'none',
        attempt,
        maxAttempts: policy.retry === 'never' || wasRead() ? 1 : options.maxAttempts,
        delayMs: pauseMs,
        maxWaitMs: longestPauseMs,
        remainingMs: remainingMs(deadline, clock),
      });
      if (!decision.retry || scope.isCanceled) throw failure;
      logger.debug('trying a call again', { target: target.service, rpc: call.method.name, reason: failure.reason });
      // Cut short by the caller or the deadline; the loop sees it.
      await clock.sleep(decision.delayMs, scope.signal).catch(() => undefined);
    }
  }
}

interface Choice {
  readonly tried: ReadonlySet<string>;
  readonly key: string | undefined;
  readonly failure: PlatformError | undefined;
  readonly scope: CallScope;
}

/**
 * Chooses a place, and waits for one where the target wants that.
 *
 * When the last instance went away between two tries, the failure of the try tells more than its absence.
 */
function choosePlace(target: CallTarget, choice: Choice): CallPlace | Promise<CallPlace> {
  const { tried, key, failure, scope } = choice;
  try {
    return target.choose(tried, key);
  } catch (error) {
    const waiting = isPlatformError(error, discoveryReasons.NO_INSTANCE) ? target.waitForPlace?.(scope) : undefined;
    if (waiting === undefined) throw failure ?? error;
    return waiting.then(() => {
      if (scope.isCanceled) throw failure ?? refusal(scope.reason);
      return choosePlace(target, choice);
    });
  }
}

function refusal(cause: unknown): PlatformError {
  const failure = abortFailure(cause, 'no');
  if (failure.code !== 'deadline_exceeded') return failure;
  const message = 'no time was left for the call, it was not sent';
  return new PlatformError(kernelReasons.DEADLINE_EXCEEDED, message, { executed: 'no', cause });
}
