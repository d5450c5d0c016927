import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  create,
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  type DescService,
  setExtension,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type DescriptorProtoSchema,
  type FieldDescriptorProtoSchema,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  FieldDescriptorProto_Label as Label,
  type MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import {
  Access,
  file_mainstay_options_v1_options,
  Idempotency,
  method as methodOption,
} from '@mainstay/contracts/mainstay/options/v1/options';

// The part of gRPC's public interoperability contract that the cases use: same names, numbers and meaning as
// https://github.com/grpc/grpc/blob/master/doc/interop-test-descriptions.md asks for.

type Field = MessageInitShape<typeof FieldDescriptorProtoSchema>;

function field(number: number, name: string, kind: Type | string, label: Label = Label.OPTIONAL): Field {
  return typeof kind === 'string'
    ? { number, name, label, type: Type.MESSAGE, typeName: `.grpc.testing.${kind}` }
    : { number, name, label, type: kind };
}

const message = (name: string, ...fields: Field[]): MessageInitShape<typeof DescriptorProtoSchema> => ({
  name,
  field: fields,
});

const messageType = [
  message('Empty'),
  // In the public contract `type` is an enum with the one value 0; on the wire that is an int32.
  message('Payload', field(1, 'type', Type.INT32), field(2, 'body', Type.BYTES)),
  message('EchoStatus', field(1, 'code', Type.INT32), field(2, 'message', Type.STRING)),
  message(
    'SimpleRequest',
    field(1, 'response_type', Type.INT32),
    field(2, 'response_size', Type.INT32),
    field(3, 'payload', 'Payload'),
    field(7, 'response_status', 'EchoStatus'),
  ),
  message('SimpleResponse', field(1, 'payload', 'Payload')),
  message('StreamingInputCallRequest', field(1, 'payload', 'Payload')),
  message('StreamingInputCallResponse', field(1, 'aggregated_payload_size', Type.INT32)),
  message('ResponseParameters', field(1, 'size', Type.INT32), field(2, 'interval_us', Type.INT32)),
  message(
    'StreamingOutputCallRequest',
    field(1, 'response_type', Type.INT32),
    field(2, 'response_parameters', 'ResponseParameters', Label.REPEATED),
    field(3, 'payload', 'Payload'),
    field(7, 'response_status', 'EchoStatus'),
  ),
  message('StreamingOutputCallResponse', field(1, 'payload', 'Payload')),
];

function file(withPolicy: boolean): ReturnType<typeof create<typeof FileDescriptorProtoSchema>> {
  const method = (
    name: string,
    types: readonly [string, string],
    streams: { client?: boolean; server?: boolean } = {},
  ): MessageInitShape<typeof MethodDescriptorProtoSchema> => {
    const options = create(MethodOptionsSchema);
    if (withPolicy)
      setExtension(options, methodOption, { access: Access.PUBLIC, idempotency: Idempotency.NONE } as never);
    const [input, output] = types;
    return {
      name,
      inputType: `.grpc.testing.${input}`,
      outputType: `.grpc.testing.${output}`,
      clientStreaming: streams.client ?? false,
      serverStreaming: streams.server ?? false,
      options,
    };
  };
  return create(FileDescriptorProtoSchema, {
    name: 'grpc/testing/test.proto',
    package: 'grpc.testing',
    syntax: 'proto3',
    dependency: withPolicy ? ['mainstay/options/v1/options.proto'] : [],
    messageType,
    service: [
      {
        name: 'TestService',
        method: [
          method('EmptyCall', ['Empty', 'Empty']),
          method('UnaryCall', ['SimpleRequest', 'SimpleResponse']),
          method('StreamingOutputCall', ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'], {
            server: true,
          }),
          method('StreamingInputCall', ['StreamingInputCallRequest', 'StreamingInputCallResponse'], { client: true }),
          method('FullDuplexCall', ['StreamingOutputCallRequest', 'StreamingOutputCallResponse'], {
            client: true,
            server: true,
          }),
          method('UnimplementedCall', ['Empty', 'Empty']),
        ],
      },
      { name: 'UnimplementedService', method: [method('UnimplementedCall', ['Empty', 'Empty'])] },
    ],
  });
}

const registry = createFileRegistry(file(true), (name) =>
  name === 'mainstay/options/v1/options.proto' ? file_mainstay_options_v1_options : undefined,
);

/** gRPC's interoperability service. */
export const TestService = registry.getService('grpc.testing.TestService') as DescService;
/** A service that no server of the suite has. */
export const UnimplementedService = registry.getService('grpc.testing.UnimplementedService') as DescService;

/** The contract for peers in other languages, as a serialised `FileDescriptorSet`. */
export const testingDescriptors: Uint8Array = toBinary(
  FileDescriptorSetSchema,
  create(FileDescriptorSetSchema, { file: [file(false)] }),
);

/** A method of one of the services, by its proto name. */
export function methodOf(service: DescService, name: string): DescMethod {
  return service.methods.find((method) => method.name === name) as DescMethod;
}

interface Payload {
  readonly body: Uint8Array;
}

/** All fields of all messages of the contract; a message has some of them. */
export interface Fields {
  readonly responseSize?: number;
  readonly payload?: Payload;
  readonly responseStatus?: { readonly code: number; readonly message: string };
  readonly responseParameters?: readonly { readonly size: number; readonly intervalUs?: number }[];
  readonly aggregatedPayloadSize?: number;
}

/** A message from its fields. */
export function messageOf(schema: DescMessage, fields: Fields): ReturnType<typeof create> {
  return create(schema, fields as never);
}

/** A payload of so many zeroes. */
export function zeroes(size: number): Payload {
  return { body: new Uint8Array(size) };
}
