import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Client } from '@connectrpc/connect';
import type {
  ServerReflection,
  ServerReflectionRequestSchema,
} from '@mainstay/contracts/grpc/reflection/v1/reflection';

/** A client of the reflection service of one service. */
export type ReflectionClient = Client<typeof ServerReflection>;

type Question = NonNullable<MessageInitShape<typeof ServerReflectionRequestSchema>['messageRequest']>;

/** A conversation with a reflection service. */
export interface Reflection extends AsyncDisposable {
  /** Full names of the services that it describes. */
  services(): Promise<readonly string[]>;
  /** Encoded files; empty when it has no answer. */
  filesOf(question: Question): Promise<readonly Uint8Array[]>;
}

/** Opens a conversation: questions and answers in turn on one stream, which ends after a time whatever happens. */
export function askReflection(client: ReflectionClient, timeoutMs: number): Reflection {
  const questions: Question[] = [];
  let wake: () => void = () => undefined;
  let isOver = false;
  async function* requests(): AsyncGenerator<MessageInitShape<typeof ServerReflectionRequestSchema>> {
    while (!isOver) {
      const messageRequest = questions.shift();
      if (messageRequest !== undefined) yield { messageRequest };
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  const stop = new AbortController();
  const answers = client.serverReflectionInfo(requests(), { timeoutMs, signal: stop.signal })[Symbol.asyncIterator]();
  const ask = async (question: Question) => {
    questions.push(question);
    wake();
    const { done, value } = await answers.next();
    return done === true ? undefined : value.messageResponse;
  };
  return {
    async services() {
      const answer = await ask({ case: 'listServices', value: '' });
      return answer?.case === 'listServicesResponse' ? answer.value.service.map(({ name }) => name) : [];
    },
    async filesOf(question) {
      const answer = await ask(question);
      return answer?.case === 'fileDescriptorResponse' ? answer.value.fileDescriptorProto : [];
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      wake();
      stop.abort();
      await answers.return?.();
    },
  };
}
