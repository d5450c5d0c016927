import { createHash } from 'node:crypto';
import { style } from './assets.ts';
import { html } from './html.ts';

/** A reason as the generated list has it. */
export interface ReasonEntry {
  readonly reason: string;
  readonly code: string;
  readonly http_status: number;
  readonly executed: string;
  readonly retry: string;
  readonly retry_after_ms?: number;
  readonly summary: string;
}

/** Lets the style of these pages be used, and nothing else. */
export const errorPagePolicy: string = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'`;

/** A page of HTML. */
export interface ErrorPage {
  readonly path: string;
  readonly body: string;
}

/** Renders a page for each reason, to which the `type` of its problems leads, and one that lists them. */
export function renderErrorPages(title: string, reasons: readonly ReasonEntry[]): ErrorPage[] {
  const rows = reasons.map(
    ({ reason, http_status: status, summary }) =>
      html`<tr><td><a href="/errors/${reason}"><code>${reason}</code></a></td><td>${status}</td><td>${summary}</td></tr>`,
  );
  const list = html`<h1>Errors of ${title}</h1><table><tr><th>reason</th><th>HTTP</th><th>meaning</th></tr>${rows}</table>`;
  return [
    { path: '/errors', body: page('Errors', list.html) },
    ...reasons.map((entry) => ({ path: `/errors/${entry.reason}`, body: page(entry.reason, renderReason(entry)) })),
  ];
}

function renderReason({
  reason,
  code,
  http_status: status,
  executed,
  retry,
  retry_after_ms: ms,
  summary,
}: ReasonEntry): string {
  const facts = [
    ['HTTP status', String(status)],
    ['gRPC code', code],
    ['Was the request carried out?', executed],
    ['May it be sent again?', retry === 'after' ? `after ${ms ?? 1_000} ms` : retry],
  ].map(([name = '', value = '']) => html`<tr><th>${name}</th><td>${value}</td></tr>`);
  return html`<p><a href="/errors">All errors</a></p><h1><code>${reason}</code></h1><p>${summary}.</p><table>${facts}</table>`
    .html;
}

function page(title: string, content: string): string {
  const head = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`
    .html;
  return `<!doctype html><html lang="en"><head>${head}<style>${style}</style></head><body><main>${content}</main></body></html>\n`;
}
