import { PlatformError } from '@mainstay/kernel';
import { errorPagePolicy, type ReasonEntry, renderErrorPages } from '../docs/errors-page.ts';
import { renderDocsPage } from '../docs/page.ts';
import { gatewayReasons } from '../errors.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { GatewayRequest } from '../exchange/gateway-request.ts';
import type { Reply } from '../exchange/reply.ts';
import type { OpenApiDocument } from '../openapi/document.ts';

/** A page of the gateway's own, the same for everybody. */
export interface Page {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Lets clients keep a page for a minute: it changes with a deployment only. */
const cacheControl = 'public, max-age=60';

/**
 * Renders the gateway's own pages by path: `/`, `/openapi.json`, `/docs`, and one for each reason of errors.
 *
 * Cost: done once at start; serving one is sending a string.
 *
 * @param about - name and version to show, and the reasons to tell of.
 * @param document - undefined when the documentation is switched off; then there is only `/`.
 */
export function createPages(
  about: { readonly name: string; readonly version: string; readonly reasons: readonly ReasonEntry[] },
  document: OpenApiDocument | undefined,
): ReadonlyMap<string, Page> {
  const { name, version, reasons } = about;
  const links = document === undefined ? {} : { documentation: '/docs', openapi: '/openapi.json' };
  const pages = new Map<string, Page>([['/', jsonPage({ name, version, links })]]);
  if (document !== undefined) {
    const { html, contentSecurityPolicy } = renderDocsPage(document);
    pages.set('/openapi.json', jsonPage(document));
    pages.set('/docs', {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
        'cache-control': cacheControl,
      },
      body: html,
    });
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': errorPagePolicy,
      'cache-control': cacheControl,
    };
    for (const { path, body } of renderErrorPages(name, reasons)) pages.set(path, { headers, body });
  }
  return pages;
}

function jsonPage(value: unknown): Page {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': cacheControl };
  return { headers, body: `${JSON.stringify(value, undefined, 2)}\n` };
}

/**
 * Answers a request for a page.
 *
 * @throws {@link PlatformError} `METHOD_NOT_ALLOWED` for a method that would change it.
 */
export function sendPage(
  page: Page,
  exchange: Exchange,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
): void {
  exchange.routeTemplate = exchange.target.path;
  exchange.isPage = true;
  if (request.method === 'GET' || request.method === 'HEAD') {
    reply.headers(page.headers).send(page.body);
    return;
  }
  reply.header('allow', 'GET, HEAD, OPTIONS');
  if (request.method !== 'OPTIONS')
    throw new PlatformError(gatewayReasons.METHOD_NOT_ALLOWED, 'this path has GET, HEAD, OPTIONS only');
  reply.code(204).send();
}
