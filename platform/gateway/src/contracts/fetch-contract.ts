import { createFileRegistry, type DescFile, type DescService, fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { PlatformError, toPlatformError } from '@mainstay/kernel';
import { serviceNameOf } from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import { askReflection, type ReflectionClient } from './ask-reflection.ts';

/** How much a service may say about itself. */
export interface ContractLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Asks a service for its contract, by gRPC's reflection.
 *
 * Only services whose package belongs to the name they are registered under count: nobody describes another one. Files that
 * the gateway knows are taken from its own contracts, so that nobody gives its options another meaning.
 *
 * @param name - of the service in the registry.
 * @param known - the gateway's own files, by name with `.proto`.
 * @returns the services with their descriptors; empty when none belongs to the name.
 * @throws {@link PlatformError} `failed_precondition` / `CONTRACT_REFUSED` when it says too much, or what is no contract; and
 * whatever the call fails with.
 */
export async function fetchContract(
  client: ReflectionClient,
  name: string,
  { known, limits }: { readonly known: ReadonlyMap<string, DescFile>; readonly limits: ContractLimits },
): Promise<readonly DescService[]> {
  const files = new Map<string, FileDescriptorProto>();
  let bytes = 0;
  const take = (encoded: readonly Uint8Array[]): void => {
    for (const file of encoded) {
      bytes += file.byteLength;
      if (bytes > limits.maxBytes) throw refused(name, `is larger than ${limits.maxBytes} bytes`);
      const proto = readFile(file, name);
      files.set(proto.name, proto);
      if (files.size > limits.maxFiles) throw refused(name, `has more than ${limits.maxFiles} files`);
    }
  };
  await using reflection = askReflection(client, limits.timeoutMs);
  const listed = await reflection.services();
  const own = listed.filter((typeName) => serviceNameOf({ typeName } as DescService) === name);
  for (const typeName of own) take(await reflection.filesOf({ case: 'fileContainingSymbol', value: typeName }));
  for (let missing = missingFile(files, known); missing !== undefined; missing = missingFile(files, known)) {
    take(await reflection.filesOf({ case: 'fileByFilename', value: missing }));
    if (!files.has(missing)) throw refused(name, 'imports a file that the service does not give');
  }
  return own.map((typeName) => describe(typeName, files, { name, known }));
}

function readFile(bytes: Uint8Array, name: string): FileDescriptorProto {
  try {
    return fromBinary(FileDescriptorProtoSchema, bytes);
  } catch (cause) {
    throw refused(name, 'has a file that cannot be read', cause);
  }
}

function missingFile(
  files: ReadonlyMap<string, FileDescriptorProto>,
  known: ReadonlyMap<string, DescFile>,
): string | undefined {
  for (const file of files.values()) {
    const missing = file.dependency.find((dependency) => !files.has(dependency) && !known.has(dependency));
    if (missing !== undefined) return missing;
  }
  return undefined;
}

function describe(
  typeName: string,
  files: ReadonlyMap<string, FileDescriptorProto>,
  { name, known }: { readonly name: string; readonly known: ReadonlyMap<string, DescFile> },
): DescService {
  const file = [...files.values()].find((candidate) =>
    candidate.service.some((service) => `${candidate.package}.${service.name}` === typeName),
  );
  if (file === undefined) throw refused(name, 'lists a service that no file declares');
  let service: DescService | undefined;
  try {
    service = createFileRegistry(file, (path) => known.get(path) ?? files.get(path)).getService(typeName);
  } catch (error) {
    throw refused(name, 'does not fit together', toPlatformError(error));
  }
  if (service === undefined) throw refused(name, 'lists a service that no file declares');
  return service;
}

function refused(name: string, what: string, cause?: unknown): PlatformError {
  return new PlatformError(gatewayReasons.CONTRACT_REFUSED, `the contract of ${name} ${what}`, { cause });
}
