import {
  clone,
  createFileRegistry,
  createRegistry,
  type DescFile,
  type DescMessage,
  type DescService,
  fromJson,
  type JsonValue,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, MethodOptionsSchema } from '@bufbuild/protobuf/wkt';
import { http } from '@mainstay/contracts/google/api/annotations';
import { method } from '@mainstay/contracts/mainstay/options/v1/options';
import { EverythingSchema, file_lab_v1_lab, LabService, PersonSchema } from './contracts/gen/lab/v1/lab_pb.ts';

export { LabService };

/** One field of every kind. */
export const Everything: DescMessage = EverythingSchema;
/** Someone, with every kind of field that may be masked. */
export const Person: DescMessage = PersonSchema;

const options = createRegistry(http, method);

/** The lab service with one method, reached by this rule; default is that it answers with everything. */
export function labServiceWith(
  rule: JsonValue,
  policy: Record<string, JsonValue> = {},
  output: DescMessage = Everything,
): DescService {
  const proto = clone(FileDescriptorProtoSchema, file_lab_v1_lab.proto);
  const [service] = proto.service;
  const [only] = service?.method ?? [];
  if (service === undefined || only === undefined) throw new TypeError('the lab contract has no method');
  only.name = 'Only';
  only.outputType = `.${output.typeName}`;
  only.options = fromJson(
    MethodOptionsSchema,
    {
      '[google.api.http]': rule,
      '[mainstay.options.v1.method]': { access: 'ACCESS_PUBLIC', idempotency: 'IDEMPOTENCY_NONE', ...policy },
    },
    { registry: options },
  );
  service.method = [only];
  const files = new Map(withDependencies(file_lab_v1_lab).map((file) => [`${file.name}.proto`, file]));
  const registry = createFileRegistry(proto, (name) => files.get(name));
  return registry.getService('lab.v1.LabService') as DescService;
}

function withDependencies(file: DescFile): DescFile[] {
  return [file, ...file.dependencies.flatMap(withDependencies)];
}
