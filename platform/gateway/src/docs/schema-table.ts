import type { JsonSchema } from '../openapi/json-schema.ts';
import { type Html, html, inlineProse, prose } from './html.ts';

/** Anchor of a schema on the page. */
export function schemaAnchor(name: string): string {
  return `schema-${name}`;
}

/** The fields of an object schema as a table; other schemas as their type. */
export function schemaTable(schema: JsonSchema): Html {
  if (schema.$ref !== undefined || schema.properties === undefined) return html`<p>${typeName(schema)}</p>`;
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties).map(
    ([name, property]) => html`<tr>
<td><code>${name}</code>${required.has(name) ? html` <b class="req">required</b>` : ''}</td>
<td>${typeName(property)}</td>
<td>${prose(property.description ?? '')}${limits(property)}</td>
</tr>`,
  );
  if (rows.length === 0) return html`<p>No fields.</p>`;
  return html`<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The type in words, with a link when it is a schema of its own. */
export function typeName(schema: JsonSchema): Html {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice('#/components/schemas/'.length);
    return html`<a href="#${schemaAnchor(name)}">${name.split('.').at(-1) ?? name}</a>`;
  }
  if (schema.type === 'array') return html`list of ${typeName(schema.items ?? {})}`;
  if (typeof schema.additionalProperties === 'object') return html`map of ${typeName(schema.additionalProperties)}`;
  const type = typeof schema.type === 'string' ? schema.type : (schema.type ?? ['any']).join(' or ');
  return html`${type}${schema.format === undefined ? '' : ` (${schema.format})`}`;
}

/** The limits of a value in one line. */
export function limits(schema: JsonSchema): Html {
  const parts = [
    range('length', schema.minLength, schema.maxLength),
    range('entries', schema.minItems, schema.maxItems),
    range('value', schema.minimum, schema.maximum),
    schema.pattern === undefined ? '' : `matches \`${schema.pattern}\``,
    schema.examples === undefined ? '' : `for example \`${JSON.stringify(schema.examples[0])}\``,
  ].filter((part) => part !== '');
  return parts.length === 0 ? html`` : html`<p class="limits">${inlineProse(parts.join('; '))}</p>`;
}

function range(what: string, min: number | undefined, max: number | undefined): string {
  if (min === undefined && max === undefined) return '';
  if (max === undefined) return `${what} at least ${min}`;
  return min === undefined ? `${what} at most ${max}` : `${what} ${min} to ${max}`;
}
