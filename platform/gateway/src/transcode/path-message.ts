import { create, type DescField, type Message, ScalarType } from '@bufbuild/protobuf';
import { checkText } from './check-scalar.ts';
import type { RequestShape } from './request-shape.ts';

/** Makes the message of a request that says all by its path; undefined when a value does not fit. */
export type PathMessage = (pathValues: ReadonlyMap<string, string>) => Message | undefined;

/**
 * Compiles the way from a path to a message that nothing else fills: text into fields of the message itself.
 *
 * Most reads are such requests, and need neither JSON nor a walk over the contract.
 *
 * @returns undefined where a body, a mask or fields of other kinds take part.
 */
export function compilePathMessage({ input, pathFields, body, mask }: RequestShape): PathMessage | undefined {
  if (body !== 'none' || mask !== undefined) return undefined;
  const names: [name: string, localName: string][] = [];
  for (const [name, fields] of pathFields) {
    const [field] = fields as readonly [DescField];
    const isText = field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && field.oneof === undefined;
    if (fields.length > 1 || !isText) return undefined;
    names.push([name, field.localName]);
  }
  return (pathValues) => {
    const message = create(input) as Message & Record<string, string>;
    for (const [name, localName] of names) {
      const value = pathValues.get(name) ?? '';
      if (checkText(value) !== undefined) return undefined;
      message[localName] = value;
    }
    return message;
  };
}
