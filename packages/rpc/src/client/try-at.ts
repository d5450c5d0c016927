import type { Message } from '@bufbuild/protobuf';
import { currentContext } from '@mainstay/kernel/context';
import type { EngineAnswer, EngineCall } from '../engine/engine.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { isStream, withEnd, withFirst } from '../wire/streams.ts';
import type { CallPlace } from './call-target.ts';

/** Makes one try of a call at one place: proves who calls, and tells the place how it ended. */
export async function tryAt(place: CallPlace, call: EngineCall, signer: IdentitySigner): Promise<EngineAnswer> {
  const identity = currentContext()?.identity;
  const { connection } = place;
  if (!connection.isLocal) call.header.set(headers.identity, signer.sign(identity));
  const ended = once(place.begin());
  try {
    const answer = await connection.call(connection.isLocal ? { ...call, caller: signer.outgoing(identity) } : call);
    if (!isStream<Message>(answer.payload)) {
      ended(undefined);
      return answer;
    }
    const onEnd = (error: unknown): void => ended(error === undefined ? undefined : fromConnectError(error));
    const stream = withEnd(answer.payload, onEnd);
    // A stream that fails before its first element may be tried elsewhere, and only its one request can be sent again.
    const isRepeatable = call.method.methodKind === 'server_streaming';
    return { ...answer, payload: isRepeatable ? await withFirst(stream, 'throw') : stream };
  } catch (error) {
    const failure = fromConnectError(error);
    ended(failure);
    throw failure;
  }
}

function once<T>(run: (value: T) => void): (value: T) => void {
  let isDone = false;
  return (value) => {
    if (isDone) return;
    isDone = true;
    run(value);
  };
}
