import { createRegistry, type DescFile, type Registry } from '@bufbuild/protobuf';

const registries = new WeakMap<DescFile, Registry>();

/**
 * The messages that `google.protobuf.Any` may hold in messages of a file: those that the file and its imports declare.
 *
 * So a contract decides which types travel, and a client can name no others. Built once for each file.
 */
export function typesAround(file: DescFile): Registry {
  let registry = registries.get(file);
  if (registry === undefined) {
    const files = new Set<DescFile>();
    collect(file, files);
    registry = createRegistry(...files);
    registries.set(file, registry);
  }
  return registry;
}

function collect(file: DescFile, files: Set<DescFile>): void {
  if (files.has(file)) return;
  files.add(file);
  for (const dependency of file.dependencies) collect(dependency, files);
}
