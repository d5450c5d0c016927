import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { Interceptor, MethodImplSpec } from '@connectrpc/connect';
import { Cancellation, type Clock, type Logger, type Meter, PlatformError } from '@mainstay/kernel';
import { anonymousIdentity, type CallContext, runInContext } from '@mainstay/kernel/context';
import type { ServiceBinding } from '../contract/binding.ts';
import { methodName } from '../contract/method-name.ts';
import { methodPolicy, type ResolvedMethodPolicy } from '../contract/method-policy.ts';
import type { EngineAnswer, EngineCall, EngineHandler, Payload } from '../engine/engine.ts';
import { Metadata } from '../engine/metadata.ts';
import { rpcReasons } from '../errors.ts';
import type { IdentityVerifier } from '../identity/identity.ts';
import { withLocalizedMessage } from '../messages/localized-message.ts';
import { englishMessages, type MessageCatalogue } from '../messages/message-catalogue.ts';
import type { RequestRule } from '../validation/violations.ts';
import { abortFailure } from '../wire/abort-failure.ts';
import { CallScope } from '../wire/call-scope.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { isStream } from '../wire/streams.ts';
import { createCallerAdmission } from './caller-admission.ts';
import { withAnswerHeader } from './current-answer.ts';
import { guardStream } from './guard-stream.ts';
import { createCallObserver, type ServedFailure } from './observe-call.ts';
import { publishError } from './publish-error.ts';
import { readContext, readDeadline, readTrace } from './read-context.ts';
import { runHandler } from './run-handler.ts';
import { validatedPayload } from './validate-message.ts';
import { withInterceptors } from './with-interceptors.ts';

const goingAway = new PlatformError(rpcReasons.SERVER_DRAINING, 'the server is going away');

/** How a server core is set up. */
export interface ServerCoreOptions {
  readonly bindings: readonly ServiceBinding[];
  readonly identity: IdentityVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Connect interceptors around every handler, inside of all checks. */
  readonly interceptors?: readonly Interceptor[];
  /** What errors say to people whose language a call names, default English. */
  readonly messages?: MessageCatalogue | undefined;
}

/** Answers calls the same way whatever brought them. */
export interface ServerCore {
  /** All methods of the bound services, also those that are not bound. */
  readonly methods: readonly DescMethod[];
  readonly handle: EngineHandler;
  /** Calls running now. */
  readonly inFlight: () => number;
  /** Refuses new calls, and ends streams that have no deadline; the others go on. */
  drain(): void;
  /** Resolves when no call is running. */
  idle(): Promise<void>;
  /** Counts and logs a call that was refused before it got here. */
  readonly noteRefused: (method: DescMethod, error: PlatformError) => void;
}

/**
 * Makes the part of a server that is the same for sockets and for calls in the process.
 *
 * Order: identity, access, context, validation, idempotency key, interceptors, handler. Whatever is thrown becomes a
 * PlatformError fit for the caller. A call ends at its deadline or when the caller goes away, even when its handler
 * does not notice.
 */
export function createServerCore(options: ServerCoreOptions): ServerCore {
  const { clock, messages = englishMessages } = options;
  const rules = new Map(options.bindings.flatMap((binding) => [...binding.rules]));
  const specs = new Map<DescMethod, MethodImplSpec>(options.bindings.flatMap(({ methods }) => [...methods]));
  const observer = createCallObserver(options);
  const admitCaller = createCallerAdmission(options);
  const draining = new Cancellation();
  const waiting = new Set<() => void>();
  let inFlight = 0;

  const leave = (): void => {
    inFlight--;
    if (inFlight > 0) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };

  const handle = async (call: EngineCall): Promise<EngineAnswer> => {
    const policy = methodPolicy(call.method);
    const deadline = readDeadline(call.header, policy, clock);
    const trace = readTrace(call.header);
    const observed = observer.begin(call.method);
    inFlight++;
    const scope = new CallScope({ clock, deadline, nowMs: clock.monotonicMs() });
    scope.follow(call.cancellation);
    // A stream without a deadline would hold a drain for ever.
    if (deadline === undefined) scope.follow(draining);
    let isOver = false;
    const end = (failure?: ServedFailure): void => {
      isOver = true;
      scope.end();
      leave();
      runInContext({ trace, identity: anonymousIdentity }, () => observed(failure));
    };
    const succeed = (): void => {
      if (!isOver) end();
    };
    const fail = (failure: PlatformError): PlatformError => {
      if (isOver) return failure;
      const { error, errorId } = publishError(failure, policy);
      end({ error: failure, errorId });
      return withLocalizedMessage(error, call.header.get(headers.acceptLanguage), messages);
    };

    try {
      if (draining.isCanceled) throw goingAway;
      const identity = admitCaller(call, policy);
      const context = readContext(call.header, { trace, identity, deadline, scope });
      const admitted = admit({ specs, rules }, call, { policy, context });
      const answer = { header: new Metadata(), trailer: new Metadata() };
      if (scope.isCanceled) throw abortFailure(scope.reason, 'no');
      const run = <T>(step: () => T): T => runInContext(context, () => withAnswerHeader(answer.header, step));
      const invoke = withInterceptors(options.interceptors ?? [], (next) =>
        runHandler(admitted.spec, next, { answer, deadline, clock }),
      );
      const payload = await scope.race(
        run(() => invoke({ ...call, payload: admitted.payload, cancellation: scope }, answer)),
      );
      if (!isStream<Message>(payload)) {
        succeed();
        return { payload, ...answer };
      }
      return {
        payload: guardStream(payload, { scope, run, succeed, fail: (error) => fail(failureOf(error, scope)) }),
        ...answer,
      };
    } catch (error) {
      throw fail(failureOf(error, scope));
    }
  };

  return {
    methods: options.bindings.flatMap(({ service }) => service.methods),
    handle,
    inFlight: () => inFlight,
    drain() {
      draining.cancel(goingAway);
    },
    idle() {
      return inFlight === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(resolve));
    },
    noteRefused(method, error) {
      observer.begin(method)({ error, errorId: undefined });
    },
  };
}

/** Finds the handler of a call, and checks what is asked, and that a keyed method has its key. */
function admit(
  {
    specs,
    rules,
  }: { specs: ReadonlyMap<DescMethod, MethodImplSpec>; rules: ReadonlyMap<DescMethod, RequestRule<never>> },
  call: EngineCall,
  { policy, context }: { policy: ResolvedMethodPolicy; context: CallContext },
): { spec: MethodImplSpec; payload: Payload } {
  const spec = specs.get(call.method);
  if (spec === undefined)
    throw new PlatformError(rpcReasons.METHOD_UNKNOWN, `${methodName(call.method)} is not served here`);
  const payload = validatedPayload(call, rules.get(call.method));
  if (policy.idempotency === 'keyed' && context.idempotencyKey === undefined) {
    throw new PlatformError(
      rpcReasons.IDEMPOTENCY_KEY_REQUIRED,
      `${methodName(call.method)} demands an idempotency key`,
    );
  }
  return { spec, payload };
}

/** The error of a call: why it was cut off, when it was, else what was thrown. */
function failureOf(error: unknown, scope: CallScope): PlatformError {
  if (!scope.isCanceled || error !== scope.reason) return fromConnectError(error);
  const reason = fromConnectError(error);
  return reason.reason === rpcReasons.SERVER_DRAINING.name ? reason : abortFailure(scope.reason, 'maybe');
}
