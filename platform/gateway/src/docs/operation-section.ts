import type { JsonSchema } from '../openapi/json-schema.ts';
import type { Operation, Shared } from '../openapi/operation.ts';
import { curlExample } from './curl.ts';
import { type Html, html, inlineProse, prose } from './html.ts';
import { limits, schemaTable, typeName } from './schema-table.ts';

/** One operation and where it stands. */
export interface PlacedOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

/** Who may call, in one word. */
function accessOf({ security, description }: Operation): string {
  if (security.some((requirement) => Object.keys(requirement).length === 0)) return 'public';
  return /^Access: .* role (\w+)/m.exec(description)?.[1] ?? 'signed in';
}

/** An operation as a section that opens on click. */
export function operationSection(
  { path, method, operation }: PlacedOperation,
  schemas: Readonly<Record<string, JsonSchema>>,
): Html {
  const body = operation.requestBody?.content['application/json']?.schema;
  return html`<details class="op" id="${operation.operationId}" data-text="${`${method} ${path} ${operation.summary}`.toLowerCase()}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <code class="path">${path}</code>
<span class="sum">${inlineProse(operation.summary)}</span> <span class="access">${accessOf(operation)}</span></summary>
<div class="body">
${prose(operation.description)}
${parameterTable(operation)}
${body === undefined ? '' : html`<h4>Body</h4>${schemaTable(body)}`}
<h4>Answers</h4>
<table><tbody>${Object.entries(operation.responses).map(([status, answer]) => answerRow(status, answer))}</tbody></table>
<h4>Try it</h4>
<pre><code>${curlExample(path, method, { operation, schemas })}</code></pre>
</div>
</details>`;
}

function parameterTable({ parameters }: Operation): Html {
  if (parameters.length === 0) return html``;
  const rows = parameters.map(
    ({ name, in: place, required, schema, description }) => html`<tr>
<td><code>${name}</code>${required ? html` <b class="req">required</b>` : ''}</td>
<td>${place}</td><td>${typeName(schema)}</td><td>${prose(description ?? '')}${limits(schema)}</td>
</tr>`,
  );
  return html`<h4>Parameters</h4>
<table><thead><tr><th>Name</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${rows}</tbody></table>`;
}

function answerRow(status: string, answer: Shared): Html {
  const described = answer as {
    readonly description?: string;
    readonly content?: Readonly<Record<string, { schema: JsonSchema }>>;
  };
  const schema = described.content === undefined ? undefined : Object.values(described.content)[0]?.schema;
  const shared = '$ref' in answer ? String(answer.$ref).split('/').at(-1) : undefined;
  const words = described.description ?? (shared === 'TooManyRequests' ? 'Too many requests.' : 'Any other problem.');
  const type = schema ?? ('$ref' in answer ? { $ref: '#/components/schemas/Problem' } : {});
  return html`<tr><td><b>${status}</b></td><td>${inlineProse(words)}</td><td>${typeName(type)}</td></tr>`;
}
