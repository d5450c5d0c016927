import { create, type Message, type MessageInitShape } from '@bufbuild/protobuf';
import { createContextValues, type HandlerContext, type MethodImplSpec } from '@connectrpc/connect';
import type { Clock, Deadline } from '@mainstay/kernel';
import { PlatformError, remainingMs } from '@mainstay/kernel';
import type { EngineCall, Payload } from '../engine/engine.ts';
import type { Metadata } from '../engine/metadata.ts';
import { rpcReasons } from '../errors.ts';
import { mapStream } from '../wire/streams.ts';

/** What a handler is given beside its request. */
export interface HandlerSurroundings {
  /** Headers of the answer, filled as the handler runs. */
  readonly answer: { readonly header: Metadata; readonly trailer: Metadata };
  readonly deadline: Deadline | undefined;
  readonly clock: Clock;
}

/** Runs the handler of a call and gives back its answer; headers are filled as it runs. */
export async function runHandler(
  spec: MethodImplSpec,
  call: EngineCall,
  surroundings: HandlerSurroundings,
): Promise<Payload> {
  const { method } = spec;
  const context = handlerContext(call, surroundings);
  const one = call.payload as Message;
  const many = call.payload as AsyncIterable<Message>;
  const complete = (output: MessageInitShape<typeof method.output>): Message => {
    if (output === undefined || output === null) {
      throw new PlatformError(rpcReasons.ANSWER_UNWRITABLE, `the handler of ${method.name} returned no message`);
    }
    return create(method.output, output);
  };

  switch (spec.kind) {
    case 'unary':
      return complete(await spec.impl(one, context));
    case 'server_streaming':
      return mapStream(spec.impl(one, context), complete);
    case 'client_streaming':
      return complete(await spec.impl(many, context));
    case 'bidi_streaming':
      return mapStream(spec.impl(many, context), complete);
  }
}

function handlerContext(call: EngineCall, { answer, deadline, clock }: HandlerSurroundings): HandlerContext {
  return {
    method: call.method,
    service: call.method.parent,
    signal: call.cancellation.signal,
    timeoutMs: () => (deadline === undefined ? undefined : remainingMs(deadline, clock)),
    requestMethod: 'POST',
    requestHeader: call.header.toHeaders(),
    responseHeader: answer.header.toHeaders(),
    responseTrailer: answer.trailer.toHeaders(),
    protocolName: 'grpc',
    values: createContextValues(),
    url: `/${call.method.parent.typeName}/${call.method.name}`,
  };
}
