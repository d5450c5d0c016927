import {
  createFileRegistry,
  createRegistry,
  type DescMessage,
  type DescService,
  fromJson,
  type JsonValue,
} from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from '@bufbuild/protobuf/wkt';
import { file_google_api_annotations, http } from '@mainstay/contracts/google/api/annotations';
import { file_mainstay_options_v1_options, method } from '@mainstay/contracts/mainstay/options/v1/options';

/**
 * A contract made for tests: one field of every kind, and HTTP rules of every shape.
 *
 * Written as a descriptor, because the shop's own contracts have no maps, doubles, bytes or wildcards.
 */
const label = { one: 'LABEL_OPTIONAL', many: 'LABEL_REPEATED' } as const;

function field(name: string, number: number, type: string, more: Record<string, JsonValue> = {}): JsonValue {
  const typeKey = type.startsWith('.')
    ? { typeName: type, type: 'TYPE_MESSAGE' }
    : { type: `TYPE_${type.toUpperCase()}` };
  return { name, number, jsonName: camelCase(name), label: label.one, ...typeKey, ...more };
}

/** Compilers fill `json_name` in; here nobody does. */
function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, char: string) => char.toUpperCase());
}

function many(name: string, number: number, type: string): JsonValue {
  return { ...(field(name, number, type) as Record<string, JsonValue>), label: label.many };
}

function enumField(name: string, number: number, more: Record<string, JsonValue> = {}): JsonValue {
  return { ...(field(name, number, 'enum', more) as Record<string, JsonValue>), typeName: '.lab.v1.Colour' };
}

const everything: JsonValue = {
  name: 'Everything',
  field: [
    field('text', 1, 'string'),
    field('small', 2, 'int32'),
    field('big', 3, 'int64'),
    field('unsigned_small', 4, 'uint32'),
    field('unsigned_big', 5, 'uint64'),
    field('ratio', 6, 'double'),
    field('short_ratio', 7, 'float'),
    field('flag', 8, 'bool'),
    field('raw', 9, 'bytes'),
    enumField('colour', 10),
    field('inner', 11, '.lab.v1.Inner'),
    many('numbers', 12, 'int32'),
    many('inners', 13, '.lab.v1.Inner'),
    enumField('colours', 14, { label: label.many }),
    { ...(many('counts', 15, '.lab.v1.Everything.CountsEntry') as Record<string, JsonValue>) },
    field('left', 16, 'string', { oneofIndex: 0 }),
    field('right', 17, '.lab.v1.Inner', { oneofIndex: 0 }),
    field('at', 18, '.google.protobuf.Timestamp'),
    field('lasts', 19, '.google.protobuf.Duration'),
    field('mask', 20, '.google.protobuf.FieldMask'),
    field('maybe_text', 21, '.google.protobuf.StringValue'),
    field('maybe_big', 22, '.google.protobuf.Int64Value'),
    field('maybe_flag', 23, '.google.protobuf.BoolValue'),
    field('free', 24, '.google.protobuf.Struct'),
    field('any_value', 25, '.google.protobuf.Value'),
    field('optional_small', 26, 'int32', { proto3Optional: true, oneofIndex: 1 }),
  ],
  nestedType: [
    {
      name: 'CountsEntry',
      field: [field('key', 1, 'string'), field('value', 2, 'int32')],
      options: { mapEntry: true },
    },
  ],
  oneofDecl: [{ name: 'choice' }, { name: '_optional_small' }],
};

const inner: JsonValue = {
  name: 'Inner',
  field: [field('name', 1, 'string'), field('deep_count', 2, 'int64'), field('again', 3, '.lab.v1.Inner')],
};

const colour: JsonValue = {
  name: 'Colour',
  value: [
    { name: 'COLOUR_UNSPECIFIED', number: 0 },
    { name: 'COLOUR_RED', number: 1 },
    { name: 'COLOUR_BLUE', number: 2 },
  ],
};

function rpc(name: string, rule: JsonValue, policy: Record<string, JsonValue> = {}): JsonValue {
  return {
    name,
    inputType: '.lab.v1.Everything',
    outputType: '.lab.v1.Everything',
    options: {
      '[google.api.http]': rule,
      '[mainstay.options.v1.method]': { access: 'ACCESS_PUBLIC', idempotency: 'IDEMPOTENCY_NONE', ...policy },
    },
  };
}

const methods: JsonValue = [
  rpc('ListThings', { get: '/lab/things' }, { idempotency: 'IDEMPOTENCY_SAFE' }),
  rpc('GetThing', { get: '/lab/things/{text}' }, { idempotency: 'IDEMPOTENCY_SAFE' }),
  rpc('GetSpecialThing', { get: '/lab/things/special' }),
  rpc('PutThing', { put: '/lab/things/{inner.name}', body: 'inner', responseBody: 'inner' }),
  rpc('PatchThing', { patch: '/lab/things/{text}', body: '*' }),
  rpc('DeleteThing', { delete: '/lab/things/{text}' }),
  rpc('PaintThing', { post: '/lab/things/{text}:paint', body: '*' }),
  rpc('BatchThings', { get: '/lab/things:batch', additionalBindings: [{ post: '/lab/things:batch', body: '*' }] }),
  rpc('GetFile', { get: '/lab/files/{text=**}' }),
  rpc('GetShelfBook', { get: '/lab/{text=shelves/*/books/*}' }),
  rpc('CheckTree', { post: '/lab/files/{text=**}:check', body: '*' }),
  rpc('FetchThing', { custom: { kind: 'PROPFIND', path: '/lab/things/{text}' } }),
  rpc('Hidden', { get: '/lab/hidden' }, { access: 'ACCESS_INTERNAL' }),
];

function fileWith(methods: JsonValue): JsonValue {
  return {
    name: 'lab/v1/lab.proto',
    package: 'lab.v1',
    syntax: 'proto3',
    dependency: [
      'google/api/annotations.proto',
      'google/protobuf/duration.proto',
      'google/protobuf/field_mask.proto',
      'google/protobuf/struct.proto',
      'google/protobuf/timestamp.proto',
      'google/protobuf/wrappers.proto',
      'mainstay/options/v1/options.proto',
    ],
    messageType: [everything, inner],
    enumType: [colour],
    service: [{ name: 'LabService', method: methods }],
  };
}

const known = createRegistry(
  file_google_api_annotations,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_mainstay_options_v1_options,
  http,
  method,
);
const files = [
  file_google_api_annotations,
  ...file_google_api_annotations.dependencies,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  file_mainstay_options_v1_options,
];

function compile(methods: JsonValue): ReturnType<typeof createFileRegistry> {
  return createFileRegistry(fromJson(FileDescriptorProtoSchema, fileWith(methods), { registry: known }), (name) =>
    files.find((candidate) => `${candidate.name}.proto` === name),
  );
}

const registry = compile(methods);

export const Everything: DescMessage = registry.getMessage('lab.v1.Everything') as DescMessage;
export const LabService: DescService = registry.getService('lab.v1.LabService') as DescService;

/** The lab service with one method, reached by this rule. */
export function labServiceWith(rule: JsonValue, policy: Record<string, JsonValue> = {}): DescService {
  return compile([rpc('Only', rule, policy)]).getService('lab.v1.LabService') as DescService;
}
