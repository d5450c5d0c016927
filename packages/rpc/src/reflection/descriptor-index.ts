import { type DescExtension, type DescFile, type DescMessage, type DescService, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

/** Files by what they declare. */
export interface DescriptorIndex {
  /** Full names of the services, sorted. */
  readonly services: readonly string[];
  byName(fileName: string): DescFile | undefined;
  bySymbol(fullName: string): DescFile | undefined;
  byExtension(extended: string, number: number): DescFile | undefined;
  /** Numbers of the extensions of a message; undefined for a message that is not known. */
  extensionNumbers(extended: string): readonly number[] | undefined;
}

/** Indexes the files of services and all that they import. */
export function indexDescriptors(services: readonly DescService[]): DescriptorIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescFile>>();

  const addExtension = (extension: DescExtension, file: DescFile): void => {
    symbols.set(extension.typeName, file);
    const numbers = extensions.get(extension.extendee.typeName) ?? new Map<number, DescFile>();
    extensions.set(extension.extendee.typeName, numbers.set(extension.number, file));
  };
  const addMessage = (message: DescMessage, file: DescFile): void => {
    symbols.set(message.typeName, file);
    for (const { name } of [...message.fields, ...message.oneofs]) symbols.set(`${message.typeName}.${name}`, file);
    for (const nested of message.nestedMessages) addMessage(nested, file);
    for (const nested of message.nestedEnums) addEnum(nested, file);
    for (const nested of message.nestedExtensions) addExtension(nested, file);
  };
  const addEnum = (desc: DescFile['enums'][number], file: DescFile): void => {
    symbols.set(desc.typeName, file);
    // Values of an enum are siblings of the enum, as in C++.
    const scope = desc.typeName.slice(0, desc.typeName.lastIndexOf('.') + 1);
    for (const { name } of desc.values) symbols.set(scope + name, file);
  };
  const addFile = (file: DescFile): void => {
    const { name } = file.proto;
    if (files.has(name)) return;
    files.set(name, file);
    for (const message of file.messages) addMessage(message, file);
    for (const desc of file.enums) addEnum(desc, file);
    for (const extension of file.extensions) addExtension(extension, file);
    for (const service of file.services) {
      symbols.set(service.typeName, file);
      for (const method of service.methods) symbols.set(`${service.typeName}.${method.name}`, file);
    }
    for (const dependency of file.dependencies) addFile(dependency);
  };
  for (const service of services) addFile(service.file);

  return {
    services: services.map(({ typeName }) => typeName).toSorted(),
    byName: (name) => files.get(name),
    bySymbol: (name) => symbols.get(name),
    byExtension: (extended, number) => extensions.get(extended)?.get(number),
    extensionNumbers(extended) {
      const numbers = extensions.get(extended);
      return numbers === undefined && !symbols.has(extended) ? undefined : [...(numbers?.keys() ?? [])];
    },
  };
}

/**
 * Writes a file and what it imports, without the files that were sent before; a file that was asked for by itself is
 * written in any case.
 *
 * @param sent - names of files sent so far; the ones written now are added.
 */
export function encodeFiles(file: DescFile, sent: Set<string>): Uint8Array<ArrayBuffer>[] {
  const encoded: Uint8Array<ArrayBuffer>[] = [];
  const add = (next: DescFile): void => {
    sent.add(next.proto.name);
    encoded.push(toBinary(FileDescriptorProtoSchema, next.proto) as Uint8Array<ArrayBuffer>);
    for (const dependency of next.dependencies) if (!sent.has(dependency.proto.name)) add(dependency);
  };
  add(file);
  return encoded;
}
