import { type DescMessage, type DescMethod, fromBinary, type MessageShape, toBinary } from '@bufbuild/protobuf';
import type { SqlExecutor } from '@mainstay/kernel';
import { fingerprintMessage } from './fingerprint.ts';
import { requireIdempotencyKey } from './idempotency-key.ts';
import { withIdempotency } from './with-idempotency.ts';

/** A method of a contract with the types of its messages. */
export type MethodOf<I extends DescMessage, O extends DescMessage> = DescMethod & {
  readonly input: I;
  readonly output: O;
};

/** One keyed call of a contract's method. */
export interface IdempotentCall<I extends DescMessage, O extends DescMessage> {
  /** From the contract, for example `OrdersService.method.createOrder`. */
  readonly method: MethodOf<I, O>;
  readonly request: MessageShape<I>;
  /** The caller's key, usually `currentContext()?.idempotencyKey`. */
  readonly key: string | undefined;
  /** Whose key it is, for example the user's id; keys of two subjects never meet. */
  readonly subject: string;
  /** How long the answer is kept in milliseconds; default 24 hours. */
  readonly ttlMs?: number;
}

/**
 * Answers a call of a keyed method: the effect happens once, every repetition gets the first answer.
 *
 * The same as `withIdempotency`, with scope, fingerprint and encoding taken from the contract.
 *
 * @throws {@link PlatformError} as `withIdempotency`; `IDEMPOTENCY_KEY_INVALID` also without a key.
 * @example
 * const { response } = await database.transaction((tx) =>
 *   idempotentCall(tx, { method: OrdersService.method.createOrder, request, key, subject: userId }, () => createOrder(tx, request)),
 * );
 */
export async function idempotentCall<I extends DescMessage, O extends DescMessage>(
  tx: SqlExecutor,
  call: IdempotentCall<I, O>,
  run: () => Promise<MessageShape<O>>,
): Promise<{ readonly response: MessageShape<O>; readonly replayed: boolean }> {
  const { method, request, subject, ttlMs } = call;
  const options = {
    scope: `${method.parent.typeName}/${method.name}:${subject}`,
    key: requireIdempotencyKey(call.key),
    fingerprint: fingerprintMessage(method.input, request),
    ...(ttlMs === undefined ? {} : { ttlMs }),
  };
  let own: MessageShape<O> | undefined;
  const { response, replayed } = await withIdempotency(tx, options, async () => {
    own = await run();
    return toBinary(method.output, own);
  });
  return { response: own ?? fromBinary(method.output, response), replayed };
}
