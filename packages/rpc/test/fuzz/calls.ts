import { create, type Message } from '@bufbuild/protobuf';
import { Cancellation, kernelReasons, PlatformError } from '@mainstay/kernel';
import type { EngineAnswer, EngineCall } from '../../src/engine/engine.ts';
import { Metadata } from '../../src/engine/metadata.ts';
import { isStream } from '../../src/wire/streams.ts';
import { KindsService } from '../kinds-service.ts';

const text = KindsService.method.unary.input;

function message(value: string): Message {
  return create(text, { value });
}

async function* stream(...values: string[]): AsyncIterable<Message> {
  for (const value of values) yield message(value);
}

const large = 'x'.repeat(40_000);

/** The calls of every session, in the order of their streams. */
export function sessionCalls(): EngineCall[] {
  const { unary, serverStream, clientStream, bidiStream } = KindsService.method;
  const calls = [
    { method: unary, payload: message('hello') },
    { method: unary, payload: message(large) },
    { method: serverStream, payload: message('many 30') },
    { method: clientStream, payload: stream('a', 'b', large, 'c') },
    { method: bidiStream, payload: stream('1', '2', '3', large) },
    { method: unary, payload: message('fail') },
    { method: serverStream, payload: message('fail') },
    { method: unary, payload: message(`hello ${large}`) },
    { method: unary, payload: message('') },
    { method: unary, payload: message('hello') },
  ];
  return calls.map(({ method, payload }, i) => ({
    method,
    payload,
    header: new Metadata(['traceparent', `00-${String(i).padStart(32, '0')}-0000000000000001-01`, 'x-bin', 'AAECAw']),
    cancellation: new Cancellation(),
  }));
}

/** Echoes; `many N` answers with N messages, `fail` fails. */
export async function answer({ method, payload }: EngineCall): Promise<EngineAnswer> {
  const header = new Metadata(['x-answer', 'yes']);
  const trailer = new Metadata(['x-end', 'yes']);
  const reply = async function* (): AsyncIterable<Message> {
    for await (const request of isStream<Message>(payload) ? payload : [payload]) {
      const { value } = request as unknown as { value: string };
      if (value === 'fail') throw new PlatformError(kernelReasons.OPTION_INVALID, 'failed as asked');
      const [, count] = /^many ([0-9]{1,3})$/.exec(value) ?? [];
      for (let left = Number(count ?? 1); left > 0; left--) yield message(value);
    }
  };
  if (method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming') {
    return { payload: reply(), header, trailer };
  }
  let last = message('');
  for await (const one of reply()) last = one;
  return { payload: last, header, trailer };
}

/** Waits for the end of a call, reading its answers. */
export async function finish(answered: Promise<EngineAnswer>): Promise<'answered' | 'failed'> {
  try {
    const { payload } = await answered;
    if (isStream<Message>(payload)) for await (const _ of payload);
    return 'answered';
  } catch {
    // Which failure it is depends on what was changed; that it ends is what matters.
    return 'failed';
  }
}
