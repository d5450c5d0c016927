import type { DescFile, DescMessage } from '@bufbuild/protobuf';
import { file_grpc_health_v1_health } from '@mainstay/contracts/grpc/health/v1/health';
import { file_grpc_reflection_v1_reflection } from '@mainstay/contracts/grpc/reflection/v1/reflection';
import { contractServices } from '@mainstay/contracts/services';

/** Every message of our contracts and of what they import, but for the descriptors of protobuf and the rules in options. */
export const contractMessages: readonly DescMessage[] = [
  ...withImports([
    ...contractServices.map(({ file }) => file),
    file_grpc_health_v1_health,
    file_grpc_reflection_v1_reflection,
  ]),
]
  .filter(({ name }) => !/descriptor|validate|options/.test(name))
  .flatMap(({ messages }) => messages.flatMap(withNested));

function withImports(files: readonly DescFile[], seen: Set<DescFile> = new Set()): Set<DescFile> {
  for (const file of files) {
    if (seen.has(file)) continue;
    seen.add(file);
    withImports(file.dependencies, seen);
  }
  return seen;
}

function withNested(desc: DescMessage): DescMessage[] {
  return [desc, ...desc.nestedMessages.flatMap(withNested)];
}
