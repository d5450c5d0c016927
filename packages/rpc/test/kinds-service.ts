import { create, createFileRegistry, type DescService, type MessageInitShape, setExtension } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_wrappers,
  type MethodDescriptorProtoSchema,
  MethodOptionsSchema,
  type StringValueSchema,
} from '@bufbuild/protobuf/wkt';
import {
  Access,
  file_mainstay_options_v1_options,
  Idempotency,
  type MethodPolicySchema,
  method as methodOption,
} from '@mainstay/contracts/mainstay/options/v1/options';

type Policy = MessageInitShape<typeof MethodPolicySchema>;
type Text = typeof StringValueSchema;

const text = '.google.protobuf.StringValue';
const open: Policy = { access: Access.PUBLIC, idempotency: Idempotency.SAFE };

function method(
  name: string,
  policy: Policy,
  streams: { client?: boolean; server?: boolean } = {},
): MessageInitShape<typeof MethodDescriptorProtoSchema> {
  const options = create(MethodOptionsSchema);
  setExtension(options, methodOption, policy as never);
  return {
    name,
    inputType: text,
    outputType: text,
    clientStreaming: streams.client ?? false,
    serverStreaming: streams.server ?? false,
    options,
  };
}

const file = create(FileDescriptorProtoSchema, {
  name: 'test/v1/kinds.proto',
  package: 'test.v1',
  syntax: 'proto3',
  dependency: ['google/protobuf/wrappers.proto', 'mainstay/options/v1/options.proto'],
  service: [
    {
      name: 'KindsService',
      method: [
        method('Unary', open),
        method('ServerStream', open, { server: true }),
        method('ClientStream', open, { client: true }),
        method('BidiStream', open, { client: true, server: true }),
        method('Short', { ...open, timeoutMs: 80 }),
        method('Unsafe', { access: Access.PUBLIC, idempotency: Idempotency.NONE }),
        method('Keyed', { access: Access.PUBLIC, idempotency: Idempotency.KEYED }),
        method('SignedIn', { ...open, access: Access.AUTHENTICATED }),
        method('AdminOnly', { ...open, access: Access.ROLE, roles: ['admin'] }),
        method('ServicesOnly', { ...open, access: Access.INTERNAL }),
        method('GatewayOnly', { ...open, callers: ['gateway'] }),
        method('OrdersOnly', { ...open, access: Access.INTERNAL, callers: ['orders', 'payments'] }),
        method('AnyService', { ...open, callers: ['*'] }),
        method('Hedged', { ...open, hedge: true }),
        method('Unbound', open),
      ],
    },
  ],
});

const dependencies = [file_google_protobuf_wrappers, file_mainstay_options_v1_options];
const registry = createFileRegistry(file, (name) =>
  dependencies.find((dependency) => `${dependency.name}.proto` === name),
);

type Kind<K extends string> = { methodKind: K; input: Text; output: Text };

/** One method of each kind and of each policy; all take and give a `StringValue`. */
export const KindsService = registry.getService('test.v1.KindsService') as DescService as GenService<{
  unary: Kind<'unary'>;
  serverStream: Kind<'server_streaming'>;
  clientStream: Kind<'client_streaming'>;
  bidiStream: Kind<'bidi_streaming'>;
  short: Kind<'unary'>;
  unsafe: Kind<'unary'>;
  keyed: Kind<'unary'>;
  signedIn: Kind<'unary'>;
  adminOnly: Kind<'unary'>;
  servicesOnly: Kind<'unary'>;
  gatewayOnly: Kind<'unary'>;
  ordersOnly: Kind<'unary'>;
  anyService: Kind<'unary'>;
  hedged: Kind<'unary'>;
  unbound: Kind<'unary'>;
}>;
