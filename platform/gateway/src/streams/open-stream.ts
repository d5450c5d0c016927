import type { Message } from '@bufbuild/protobuf';
import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import { runInContext } from '@mainstay/kernel/context';
import { errorHeaders } from '@mainstay/rpc';
import { firstPlace } from '../calls/choose-version.ts';
import type { ServiceCaller } from '../calls/service-caller.ts';
import { type ChosenService, chooseService } from '../protection/choose-service.ts';
import { prepareCall, type ServiceCall } from '../protection/prepare-call.ts';
import { toServiceError } from '../protection/service-errors.ts';
import { staysSilent } from './silence.ts';

/** A method that streams, of a client whose types are known at run time only; one that streams requests has one answer. */
type StreamingCall = (
  input: Message | AsyncIterable<Message>,
  options: {
    readonly headers: Readonly<Record<string, string>> | undefined;
    readonly onHeader: (header: Headers) => void;
  },
) => AsyncIterable<Message> | Promise<Message>;

/** The answers of a service, one after the other. */
export interface ServiceStream {
  /**
   * The next answer; undefined when there are no more.
   *
   * @throws {@link PlatformError} what the service said, also in the middle.
   */
  next(): Promise<Message | undefined>;
}

/** A call that streams. */
export interface StreamCall extends ServiceCall {
  /** One message, or those that the client sends. */
  readonly input: Message | AsyncIterable<Message>;
  /** Time in which a failure still counts as one to begin, in milliseconds. */
  readonly settleMs: number;
}

/**
 * Begins a call that streams answers, through the circuit of its service.
 *
 * Resolves when the first answer is there, or after `settleMs` without one, since services may have nothing to tell for
 * long; a failure until then rejects. Streams take no place in the bulkhead, which is for calls that end soon.
 *
 * @throws {@link PlatformError} what the service said, or `CIRCUIT_OPEN`, `NO_INSTANCE`, `UPSTREAM_UNAVAILABLE`.
 */
export async function openStream(caller: ServiceCaller, call: StreamCall): Promise<ServiceStream> {
  const { route } = call.admitted;
  const { context, headers, facts } = prepareCall(caller, call);
  const { name, place, client } = await whereTo(caller, call);
  const invoke = (client as Readonly<Record<string, StreamingCall>>)[route.method.localName] as StreamingCall;
  const describe = (error: unknown): PlatformError => {
    if (isPlatformError(error)) call.onHeader(errorHeaders(error));
    return toServiceError(error, name);
  };
  try {
    return await runInContext(context, () =>
      caller.protection.openStream(
        place,
        async () => {
          // Ends with the cancellation of the context.
          const answers = iterate(invoke(call.input, { headers, onHeader: call.onHeader }));
          const read = (): Promise<Message | undefined> =>
            runInContext(context, async () => {
              const { done, value } = await answers.next();
              return done === true ? undefined : value;
            });
          const first = read();
          if (!(await staysSilent(first, caller.clock, call.settleMs))) await first;
          return streamOf(first, read, describe);
        },
        facts,
      ),
    );
  } catch (error) {
    throw describe(error);
  }
}

function whereTo(caller: ServiceCaller, { admitted, input }: StreamCall): ChosenService | Promise<ChosenService> {
  const { route, assignment } = admitted;
  return assignment === undefined ? chooseService(caller, route, input) : firstPlace(caller, route, assignment);
}

function iterate(answers: AsyncIterable<Message> | Promise<Message>): AsyncIterator<Message> {
  return 'then' in answers ? single(answers) : answers[Symbol.asyncIterator]();
}

async function* single(answer: Promise<Message>): AsyncGenerator<Message> {
  yield await answer;
}

function streamOf(
  first: Promise<Message | undefined>,
  read: () => Promise<Message | undefined>,
  describe: (error: unknown) => PlatformError,
): ServiceStream {
  let waiting: Promise<Message | undefined> | undefined = first;
  return {
    async next() {
      const answer = waiting ?? read();
      waiting = undefined;
      try {
        return await answer;
      } catch (error) {
        throw describe(error);
      }
    },
  };
}
