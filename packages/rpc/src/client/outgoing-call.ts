import type { DescMethod } from '@bufbuild/protobuf';
import { deadlineDueAtMs, type PlatformError, remainingMs } from '@mainstay/kernel';
import type { CallContext } from '@mainstay/kernel/context';
import { isHurried } from '../contract/hurried.ts';
import type { ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineAnswer, EngineCall, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { CallScope, type CallTime, callIsOver } from '../wire/call-scope.ts';
import { markFromPeer } from '../wire/from-peer.ts';
import { headers } from '../wire/headers.ts';
import { formatTimeout } from '../wire/timeout.ts';
import { callHeaders } from './call-headers.ts';
import type { HedgedTiming } from './hedged-try.ts';
import type { HopelessCalls } from './hopeless-calls.ts';
import { LocalAttempt, type LocalOrigin } from './local-attempt.ts';
import type { ClientObserver } from './observe-client.ts';

/** A call as it comes from a Connect client. */
export interface RequestedCall<T = unknown> {
  readonly method: DescMethod;
  readonly payload: Payload;
  /** Headers of its own; undefined for none. */
  readonly header: Headers | undefined;
  readonly signal: AbortSignal | undefined;
  /** Limit named by the caller for this one call, in milliseconds. */
  readonly timeoutMs: number | undefined;
  /** Makes of an answer what the caller is given. */
  present(answer: EngineAnswer): T;
}

/** What is known of a method before it is called, resolved once for each transport. */
export interface CalledMethod {
  readonly policy: ResolvedMethodPolicy;
  readonly observer: ClientObserver;
  /** For methods whose late answers may be asked for a second time. */
  readonly hedge: HedgedTiming | undefined;
  readonly hopeless: HopelessCalls | undefined;
}

/** What all calls of a transport share. */
export interface CallerShared extends CallTime {
  /** Proves who calls. */
  readonly signer: IdentitySigner;
}

/**
 * One call that this process makes, with all its tries: its life and its deadline.
 *
 * The deadline is the earliest of the context's, the contract's and the call's own.
 */
export class OutgoingCall extends CallScope implements LocalOrigin {
  readonly request: RequestedCall;
  readonly policy: ResolvedMethodPolicy;
  readonly hedge: HedgedTiming | undefined;
  readonly context: CallContext | undefined;
  /** Headers of its own; undefined for none. */
  readonly header: Metadata | undefined;
  /** `clock.monotonicMs()` at its begin. */
  readonly startedAtMs: number;
  readonly #shared: CallerShared;
  readonly #observer: ClientObserver;
  readonly #hopeless: HopelessCalls | undefined;

  constructor(
    shared: CallerShared,
    called: CalledMethod,
    made: { request: RequestedCall; context: CallContext | undefined },
  ) {
    const { request, context } = made;
    const { clock } = shared;
    const ownMs = Math.min(called.policy.timeoutMs ?? endless, request.timeoutMs ?? endless);
    const startedAtMs = clock.monotonicMs();
    super(shared, Math.min(startedAtMs + ownMs, deadlineDueAtMs(context?.deadline, clock)));
    this.request = request;
    this.policy = called.policy;
    this.hedge = called.hedge;
    this.context = context;
    this.header = request.header === undefined ? undefined : Metadata.of(request.header);
    this.#shared = shared;
    this.startedAtMs = startedAtMs;
    this.#observer = called.observer;
    this.#hopeless = called.hopeless;
    this.watchDeadline(startedAtMs);
    if (request.signal !== undefined) this.followSignal(request.signal);
    if (context === undefined) return;
    const { cancellation } = context;
    if (cancellation !== undefined) this.follow(cancellation);
    else if (context.signal !== undefined) this.followSignal(context.signal);
  }

  /** @throws {@link PlatformError} `deadline_exceeded` / `DEADLINE_EXCEEDED`, executed: no, when it cannot end in time. */
  refuseWhenHopeless(): void {
    this.#hopeless?.refuse(this.startedAtMs, this.dueAtMs);
  }

  /** What the balancer is told of a failure: a call that ran out of the little time that it was left says nothing of an instance. */
  judged(failure: PlatformError): PlatformError {
    if (failure.code !== 'deadline_exceeded') return failure;
    const leftMs = deadlineDueAtMs(this.context?.deadline, this.#shared.clock) - this.startedAtMs;
    return isHurried(leftMs, this.policy.timeoutMs) ? callIsOver : failure;
  }

  /** The call as it goes out in one try, with what travels beside its messages. */
  attempt(payload: Payload, isLocal: boolean): EngineCall {
    const { method } = this.request;
    const { signer } = this.#shared;
    const identity = this.context?.identity;
    if (isLocal) return new LocalAttempt(this, payload, signer.outgoing(identity));
    const header = this.headers();
    header.append(headers.identity, signer.sign(identity));
    return { method, payload, header, cancellation: this, local: undefined };
  }

  /** What travels beside its messages, but for the proof of who calls. */
  headers(): Metadata {
    const header = callHeaders(this.header, this);
    if (this.deadline !== undefined) {
      header.set(headers.timeout, formatTimeout(remainingMs(this.deadline, this.#shared.clock)));
    }
    return header;
  }

  /** Ends the call with its answer or failure. */
  finish(failure?: PlatformError): void {
    this.end();
    if (failure !== undefined) markFromPeer(failure);
    if (failure === undefined && this.#hopeless === undefined && !this.#observer.countsSuccess) return;
    const nowMs = this.#shared.clock.monotonicMs();
    const tookMs = nowMs - this.startedAtMs;
    this.#observer.ended(tookMs, failure);
    if (failure === undefined) this.#hopeless?.answered(nowMs, tookMs);
  }
}

const endless = Number.POSITIVE_INFINITY;
