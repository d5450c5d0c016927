import { create, type DescMethod, fromBinary, type Message, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import type { HandlerContext, MethodImplSpec } from '@connectrpc/connect';
import {
  type Answer,
  fingerprintMessage,
  type KeyedEffects,
  type KeyedRequest,
  type KeyedWork,
  requireIdempotencyKey,
} from '@mainstay/idempotency';
import { optionError } from '@mainstay/kernel';
import { anonymousIdentity, currentContext, type Identity } from '@mainstay/kernel/context';
import {
  fromConnectError,
  methodPolicy,
  type ResolvedMethodPolicy,
  rpcHeaders,
  type ServiceBinding,
  sendWithError,
} from '@mainstay/rpc';
import type { KeyedMethods } from '../definition/keyed-methods.ts';

/** Tells whether a method demands a key. */
export function isKeyed(method: DescMethod): boolean {
  return methodPolicy(method).idempotency === 'keyed';
}

/**
 * Puts the protocol of idempotency keys around the keyed methods of a binding, as their contract says; the others stay as they are.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for a keyed method that streams, or that anybody may call: without a caller there is nobody whose key
 * it could be.
 */
export function keyedBinding(
  binding: ServiceBinding,
  { effects, ...options }: KeyedMethods & { readonly effects: KeyedEffects },
): ServiceBinding {
  const methods = new Map(binding.methods);
  for (const [method, spec] of binding.methods) {
    if (isKeyed(method)) methods.set(method, keyedSpec(method, spec, { effects, options }));
  }
  return { ...binding, methods };
}

/** A staged call that was not heard of for so long counts as dead; one that runs renews its lock. */
const lockMs = 3_000;

function keyedSpec(
  method: DescMethod,
  spec: MethodImplSpec,
  { effects, options }: { readonly effects: KeyedEffects; readonly options: KeyedMethods },
): MethodImplSpec {
  const operation = `${method.parent.typeName}/${method.name}`;
  const policy = methodPolicy(method);
  if (spec.kind !== 'unary') throw optionError(operation, 'unary, because it is keyed', spec.kind);
  if (policy.access === 'public') throw optionError(operation, 'for known callers, because it is keyed', policy.access);
  const isStaged = options.staged?.includes(method) === true;
  const { protectFingerprint = (fingerprint) => fingerprint } = options;

  const impl = async (message: Message, context: HandlerContext): Promise<Message> => {
    const called = currentContext();
    const request: KeyedRequest = {
      operation,
      subject: subjectOf(policy, called?.identity ?? anonymousIdentity),
      key: requireIdempotencyKey(called?.idempotencyKey),
      keepsRefusals: policy.access !== 'internal',
      fingerprint: protectFingerprint(fingerprintMessage(method.input, message)),
    };
    const header = context.responseHeader;
    const headerBefore = [...header];
    let hasBegun = false;
    const work: KeyedWork<Message> = {
      async run() {
        if (hasBegun) restore(header, headerBefore);
        hasBegun = true;
        try {
          const answer = await spec.impl(message, context);
          return create(method.output, answer as MessageInitShape<typeof method.output>);
        } catch (error) {
          throw fromConnectError(error);
        }
      },
      encode: (answer) => ({
        kind: 'response',
        response: toBinary(method.output, answer),
        headers: [...header],
      }),
    };
    const outcome = isStaged ? await effects.runStaged(request, work, { lockMs }) : await effects.run(request, work);
    if (!outcome.isReplayed) return outcome.result;
    if (hasBegun) restore(header, headerBefore);
    return replay(method, outcome.answer, header);
  };
  return { ...spec, impl: impl as typeof spec.impl };
}

/** Whose key it is: services among themselves each have their own, whoever they work for; elsewhere the user. */
function subjectOf({ access }: ResolvedMethodPolicy, { userId, viaService }: Identity): string {
  return access === 'internal' || userId === undefined ? `service:${viaService ?? ''}` : `user:${userId}`;
}

/** Takes out what a run added that has no outcome. */
function restore(header: Headers, before: readonly (readonly [name: string, value: string])[]): void {
  for (const name of Array.from(header.keys())) header.delete(name);
  for (const [name, value] of before) header.append(name, value);
}

function replay(method: DescMethod, answer: Answer, header: Headers): Message {
  for (const [name, value] of answer.headers) header.append(name, value);
  header.set(rpcHeaders.idempotencyReplayed, 'true');
  if (answer.kind === 'response') return fromBinary(method.output, answer.response);
  sendWithError(answer.error, header);
  throw answer.error;
}
