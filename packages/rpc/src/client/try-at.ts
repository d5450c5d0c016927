import type { Message } from '@bufbuild/protobuf';
import type { Deadline } from '@mainstay/kernel';
import type { CallContext } from '@mainstay/kernel/context';
import type { EngineAnswer, EngineCall } from '../engine/engine.ts';
import type { IdentitySigner } from '../identity/identity.ts';
import { fromConnectError } from '../wire/from-connect-error.ts';
import { headers } from '../wire/headers.ts';
import { isStream, withEnd, withFirst } from '../wire/streams.ts';
import type { CallPlace } from './call-target.ts';

/** Who makes a try, and until when. */
export interface TryOptions {
  readonly signer: IdentitySigner;
  readonly context: CallContext | undefined;
  readonly deadline: Deadline | undefined;
}

/** Makes one try of a call at one place: proves who calls, and tells the place how it ended. Failures are PlatformErrors. */
export function tryAt(
  place: CallPlace,
  call: EngineCall,
  { signer, context, deadline }: TryOptions,
): Promise<EngineAnswer> {
  const { connection } = place;
  const identity = context?.identity;
  place.begin();
  try {
    let sent = call;
    if (connection.isLocal) {
      const local = { caller: signer.outgoing(identity), deadline };
      sent = {
        method: call.method,
        payload: call.payload,
        header: call.header,
        cancellation: call.cancellation,
        local,
      };
    } else {
      call.header.append(headers.identity, signer.sign(identity));
    }
    return connection.call(sent).then(
      (answer) => {
        if (isStream<Message>(answer.payload)) return streamed(place, call, answer);
        place.end(undefined);
        return answer;
      },
      (error: unknown) => failed(place, error),
    );
  } catch (error) {
    return failed(place, error);
  }
}

async function failed(place: CallPlace, error: unknown): Promise<never> {
  const failure = fromConnectError(error);
  place.end(failure);
  throw failure;
}

async function streamed(place: CallPlace, call: EngineCall, answer: EngineAnswer): Promise<EngineAnswer> {
  const onEnd = (error: unknown): void => place.end(error === undefined ? undefined : fromConnectError(error));
  const stream = withEnd(answer.payload as AsyncIterable<Message>, onEnd);
  // A stream that fails before its first element may be tried elsewhere, and only its one request can be sent again.
  const isRepeatable = call.method.methodKind === 'server_streaming';
  if (!isRepeatable) return withPayload(answer, stream);
  try {
    return withPayload(answer, await withFirst(stream, 'throw'));
  } catch (error) {
    return failed(place, error);
  }
}

/** An answer with another payload; its headers are read when they are asked for, as they may be filled until then. */
export function withPayload(answer: EngineAnswer, payload: EngineAnswer['payload']): EngineAnswer {
  return {
    payload,
    get header() {
      return answer.header;
    },
    get trailer() {
      return answer.trailer;
    },
  };
}
