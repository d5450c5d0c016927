import type { JsonSchema } from '../openapi/json-schema.ts';
import type { Operation } from '../openapi/operation.ts';
import { exampleValue } from './example-value.ts';

/** Writes a `curl` line for an operation that works when pasted into a POSIX shell, once the variables are set. */
export function curlExample(
  path: string,
  method: string,
  { operation, schemas }: { readonly operation: Operation; readonly schemas: Readonly<Record<string, JsonSchema>> },
): string {
  const filled = path.replace(/\{([^}]+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find((candidate) => candidate.in === 'path' && candidate.name === name);
    return encodeURIComponent(exampleText(parameter?.schema, name));
  });
  const lines = [`curl -X ${method.toUpperCase()} "$GATEWAY${filled}"`];
  if (operation.security.every((requirement) => 'bearer' in requirement))
    lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const { name, schema } of operation.parameters.filter(
    (parameter) => parameter.in === 'header' && parameter.required,
  )) {
    lines.push(`-H ${quote(`${name}: ${exampleText(schema, 'value')}`)}`);
  }
  const body = operation.requestBody?.content['application/json']?.schema;
  if (body !== undefined) {
    const value = exampleValue(body, { schemas, requiredOnly: true }) ?? {};
    lines.push("-H 'Content-Type: application/json'", `-d ${quote(JSON.stringify(value))}`);
  }
  if (operation.requestBody?.content['*/*'] !== undefined) {
    lines.push("-H 'Content-Type: application/octet-stream'", '--data-binary @FILE');
  }
  return lines.join(' \\\n  ');
}

function exampleText(schema: JsonSchema | undefined, fallback: string): string {
  const example = schema?.examples?.[0];
  return typeof example === 'string' ? example : fallback;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
