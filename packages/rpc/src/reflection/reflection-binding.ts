import type { MessageInitShape } from '@bufbuild/protobuf';
import type { ServiceImpl } from '@connectrpc/connect';
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponseSchema,
} from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { ServerReflection as ServerReflectionAlpha } from '@mainstay/contracts/grpc/reflection/v1alpha/reflection';
import { codeNumber } from '@mainstay/kernel';
import { bindService, type ServiceBinding } from '../contract/binding.ts';
import { type DescriptorIndex, encodeFiles, indexDescriptors } from './descriptor-index.ts';

type Answer = NonNullable<MessageInitShape<typeof ServerReflectionResponseSchema>['messageResponse']>;

/**
 * Binds gRPC's reflection services, `v1` and `v1alpha`, which describe the bound services and themselves to anybody.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
export function bindReflection(bindings: readonly ServiceBinding[]): ServiceBinding[] {
  const served = bindings.map(({ service }) => service);
  const index = indexDescriptors([...served, ServerReflection, ServerReflectionAlpha]);
  async function* serverReflectionInfo(
    questions: AsyncIterable<ServerReflectionRequest>,
  ): AsyncGenerator<MessageInitShape<typeof ServerReflectionResponseSchema>> {
    const sent = new Set<string>();
    for await (const question of questions) {
      const messageResponse = answer(index, sent, question.messageRequest);
      yield { validHost: question.host, originalRequest: question, messageResponse };
    }
  }
  return [
    bindService(ServerReflection, { serverReflectionInfo }),
    // The versions differ in the name of their package only, and each question goes back as it came.
    bindService(ServerReflectionAlpha, { serverReflectionInfo } as unknown as Partial<
      ServiceImpl<typeof ServerReflectionAlpha>
    >),
  ];
}

function answer(index: DescriptorIndex, sent: Set<string>, asked: ServerReflectionRequest['messageRequest']): Answer {
  switch (asked.case) {
    case 'listServices':
      return { case: 'listServicesResponse', value: { service: index.services.map((name) => ({ name })) } };
    case 'fileByFilename':
      return filesOf(index.byName(asked.value), sent, `the file ${asked.value}`);
    case 'fileContainingSymbol':
      return filesOf(index.bySymbol(asked.value), sent, `the symbol ${asked.value}`);
    case 'fileContainingExtension': {
      const { containingType, extensionNumber } = asked.value;
      const file = index.byExtension(containingType, extensionNumber);
      return filesOf(file, sent, `the extension ${extensionNumber} of ${containingType}`);
    }
    case 'allExtensionNumbersOfType': {
      const extensionNumber = index.extensionNumbers(asked.value);
      if (extensionNumber === undefined) return unknown(`the type ${asked.value}`);
      return {
        case: 'allExtensionNumbersResponse',
        value: { baseTypeName: asked.value, extensionNumber: [...extensionNumber] },
      };
    }
    case undefined:
      return {
        case: 'errorResponse',
        value: { errorCode: codeNumber('invalid_argument'), errorMessage: 'nothing is asked' },
      };
  }
}

function filesOf(file: Parameters<typeof encodeFiles>[0] | undefined, sent: Set<string>, what: string): Answer {
  if (file === undefined) return unknown(what);
  return { case: 'fileDescriptorResponse', value: { fileDescriptorProto: encodeFiles(file, sent) } };
}

function unknown(what: string): Answer {
  return {
    case: 'errorResponse',
    value: { errorCode: codeNumber('not_found'), errorMessage: `${what} is not known here` },
  };
}
