import type { DescMethod, Message, MessageInitShape } from '@bufbuild/protobuf';
import type { Interceptor, MethodImplSpec } from '@connectrpc/connect';
import { messageMaker } from '@mainstay/codec';
import { PlatformError } from '@mainstay/kernel';
import { methodName } from '../contract/method-name.ts';
import { methodPolicy, type ResolvedMethodPolicy } from '../contract/method-policy.ts';
import { rpcReasons } from '../errors.ts';
import type { RequestRule } from '../validation/violations.ts';
import { HandlerCallContext } from './handler-context.ts';
import type { CallObserver } from './observe-call.ts';
import type { Invoke } from './running-call.ts';
import { type MessageCheck, messageCheck } from './validate-message.ts';
import { withInterceptors } from './with-interceptors.ts';

/** What is known of a method before it is called, resolved once. */
export interface ServedMethod {
  readonly method: DescMethod;
  /** `package.Service/Method`. */
  readonly name: string;
  readonly policy: ResolvedMethodPolicy;
  readonly observer: CallObserver;
  /** Whether the answer is a stream. */
  readonly hasAnswerStream: boolean;
  /** Checks a request; undefined when there is nothing to check. */
  readonly check: MessageCheck | undefined;
  /** Undefined for a method that is not bound. */
  readonly invoke: Invoke | undefined;
  /** Makes the message that a handler returned or yielded. */
  readonly complete: (output: unknown) => Message;
}

/** Resolves what is known of a method. */
export function servedMethod(
  method: DescMethod,
  bound: {
    readonly spec: MethodImplSpec | undefined;
    readonly rule: RequestRule<never> | undefined;
    readonly interceptors: readonly Interceptor[];
    readonly observer: CallObserver;
  },
): ServedMethod {
  const { methodKind, output } = method;
  const make = messageMaker(output);
  const complete = (value: unknown): Message => {
    if (value === undefined || value === null) {
      throw new PlatformError(rpcReasons.ANSWER_UNWRITABLE, `the handler of ${method.name} returned no message`);
    }
    return make(value as MessageInitShape<typeof output>);
  };
  const hasAnswerStream = methodKind === 'server_streaming' || methodKind === 'bidi_streaming';
  const invoke = bound.spec === undefined ? undefined : handlerOf(bound.spec);
  return {
    method,
    name: methodName(method),
    policy: methodPolicy(method),
    observer: bound.observer,
    hasAnswerStream,
    check: messageCheck(method.input, bound.rule),
    invoke:
      invoke === undefined ? undefined : withInterceptors(bound.interceptors, invoke, { hasAnswerStream, complete }),
    complete,
  };
}

function handlerOf(spec: MethodImplSpec): Invoke {
  switch (spec.kind) {
    case 'unary':
      return (call, payload) => spec.impl(payload as Message, new HandlerCallContext(call));
    case 'client_streaming':
      return (call, payload) => spec.impl(payload as AsyncIterable<Message>, new HandlerCallContext(call));
    case 'server_streaming':
      return (call, payload) => spec.impl(payload as Message, new HandlerCallContext(call));
    case 'bidi_streaming':
      return (call, payload) => spec.impl(payload as AsyncIterable<Message>, new HandlerCallContext(call));
  }
}
