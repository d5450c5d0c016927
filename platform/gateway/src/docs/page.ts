import { createHash } from 'node:crypto';
import type { OpenApiDocument } from '../openapi/document.ts';
import { script, style } from './assets.ts';
import { type Html, html, prose } from './html.ts';
import { operationSection, type PlacedOperation } from './operation-section.ts';
import { schemaAnchor, schemaTable } from './schema-table.ts';

/** The documentation page and the policy under which it may run its own script and style, and nothing else. */
export interface DocsPage {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

/**
 * Renders the documentation as one page that needs nothing from the network.
 *
 * Readable without its script; the script only filters and opens sections.
 */
export function renderDocsPage(document: OpenApiDocument): DocsPage {
  const { info, tags, components } = document;
  const operations = listOperations(document);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<link rel="icon" href="data:,">
<style>${{ html: style }}</style>
</head>
<body>
<main>
<h1>${info.title} API</h1>
<p class="mute">Version ${info.version} · <a href="/openapi.json">openapi.json</a> (OpenAPI ${document.openapi})</p>
${prose(info.description)}
<div class="tools"><input id="filter" type="search" placeholder="Filter by path, method or words" aria-label="Filter operations"></div>
<p class="mute">In the examples <code>$GATEWAY</code> is the address of this page without <code>/docs</code>,
<code>$TOKEN</code> the <code>access_token</code> of a session.</p>
${tags.map(({ name, description }) => tagSection({ name, description }, operations, components.schemas))}
<h2 id="schemas">Schemas</h2>
${Object.entries(components.schemas).map(
  ([name, schema]) => html`<details class="schema" id="${schemaAnchor(name)}"><summary><code>${name}</code></summary>
<div class="body">${prose(schema.description ?? '')}${schemaTable(schema)}</div></details>`,
)}
</main>
<script>${{ html: script }}</script>
</body>
</html>
`;
  return { html: page.html, contentSecurityPolicy: policy() };
}

function listOperations({ paths }: OpenApiDocument): readonly PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

function tagSection(
  tag: { readonly name: string; readonly description: string },
  operations: readonly PlacedOperation[],
  schemas: OpenApiDocument['components']['schemas'],
): Html {
  const own = operations.filter(({ operation }) => operation.tags.includes(tag.name));
  return html`<h2 id="tag-${tag.name}">${tag.name}</h2>
<div class="mute">${prose(tag.description)}</div>
${own.map((operation) => operationSection(operation, schemas))}`;
}

function policy(): string {
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
