import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { resolveFieldPath } from './field-table.ts';
import { readField } from './read-field.ts';

/**
 * Compiles a path with places for fields of the response, for example `/v1/orders/{order.id}`.
 *
 * @returns a function that gives the path with percent-encoded values, or undefined when a field is not set.
 * @throws {@link PlatformError} `invalid_argument` / `ROUTE_INVALID` when a place names no singular field.
 */
export function compileLocation(output: DescMessage, template: string): (message: Message) => string | undefined {
  const parts = template.split(/\{([^{}]*)\}/).map((part, index) => {
    if (index % 2 === 0) return part;
    const fields = resolveFieldPath(output, part);
    if (fields !== undefined && fields.at(-1)?.fieldKind === 'scalar') return fields;
    throw new PlatformError(
      gatewayReasons.ROUTE_INVALID,
      `location ${template}: ${part} is no field of ${output.name}`,
    );
  });
  return (message) => {
    let path = '';
    for (const part of parts) {
      const text = typeof part === 'string' ? part : readPath(message, part);
      if (text === undefined) return undefined;
      path += text;
    }
    return path;
  };
}

function readPath(message: Message, fields: readonly DescField[]): string | undefined {
  let value: unknown = message;
  for (const field of fields) {
    if (value === undefined) return undefined;
    value = readField(value as Message, field);
  }
  // Scalars only, as checked when the template was compiled.
  return value === undefined || value === '' ? undefined : encodeURIComponent(`${value as string | number | bigint}`);
}
