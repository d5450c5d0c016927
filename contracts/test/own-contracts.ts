import { globSync } from 'node:fs';
import { type DescFile, type DescMessage, type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { http } from '../gen/google/api/annotations_pb.ts';
import type { HttpRule } from '../gen/google/api/http_pb.ts';
import { type MethodPolicy, method as methodPolicy } from '../gen/mainstay/options/v1/options_pb.ts';
import { contractServices } from '../gen/services.ts';

/** Descriptors of every contract of our own, also those without a service. */
export async function ownFiles(): Promise<DescFile[]> {
  const gen = new URL('../gen/', import.meta.url);
  const protos = globSync('**/*.proto', { cwd: new URL('../proto/', import.meta.url) });
  const paths = protos.map((path) => path.replace(/\.proto$/, '_pb.ts'));
  const modules = paths.map(async (path) => (await import(new URL(path, gen).href)) as Record<string, unknown>);
  return (await Promise.all(modules)).flatMap((module) => Object.values(module).filter(isFile));
}

function isFile(value: unknown): value is DescFile {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'file';
}

/** Every message of a file, nested ones too. */
export function messagesOf(file: DescFile): DescMessage[] {
  const withNested = (message: DescMessage): DescMessage[] => [message, ...message.nestedMessages.flatMap(withNested)];
  return file.messages.flatMap(withNested).filter((message) => !message.typeName.endsWith('Entry'));
}

/** A method with what its contract says about it. */
export interface MethodFacts {
  /** For example `orders.v1.OrdersService.GetOrder`. */
  readonly name: string;
  readonly method: DescMethod;
  readonly policy: MethodPolicy | undefined;
  readonly rule: HttpRule | undefined;
}

/** Every method of every service of our own. */
export const methods: readonly MethodFacts[] = contractServices.flatMap((service) =>
  service.methods.map((method) => ({
    name: `${service.typeName}.${method.name}`,
    method,
    policy: hasOption(method, methodPolicy) ? getOption(method, methodPolicy) : undefined,
    rule: hasOption(method, http) ? getOption(method, http) : undefined,
  })),
);

/** The verb and path template of a rule and of its additional bindings. */
export function routesOf(rule: HttpRule): { verb: string; path: string; rule: HttpRule }[] {
  const own = rule.pattern.case === undefined || rule.pattern.case === 'custom' ? [] : [rule.pattern];
  return [
    ...own.map(({ case: verb, value }) => ({ verb, path: String(value), rule })),
    ...rule.additionalBindings.flatMap(routesOf),
  ];
}

/** The field that a dotted path names, or undefined. */
export function fieldAt(message: DescMessage, path: string): DescMessage['fields'][number] | undefined {
  const [head = '', ...rest] = path.split('.');
  const field = message.fields.find((candidate) => candidate.name === head);
  if (rest.length === 0 || field === undefined) return field;
  return field.fieldKind === 'message' ? fieldAt(field.message, rest.join('.')) : undefined;
}

/** The names in braces of a path template, for example `id` of `/v1/orders/{id}:cancel`. */
export function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([^}=]+)(?:=[^}]*)?\}/g)].map((match) => match[1] ?? '');
}
