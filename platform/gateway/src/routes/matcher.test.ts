import { describe, expect, it } from 'vitest';
import { parseTarget } from '../transcode/request-target.ts';
import { createMatcher, type Matchable } from './matcher.ts';
import { parseTemplate } from './template.ts';

const rules = [
  'GET /v1/orders',
  'POST /v1/orders',
  'GET /v1/orders/{id}',
  'POST /v1/orders/{id}:cancel',
  'POST /v1/orders/{id}:ship',
  'PATCH /v1/users/{id}',
  'GET /v1/users/me',
  'GET /v1/products',
  'GET /v1/products/{id}',
  'GET /v1/products:batchGet',
  'POST /v1/sessions:refresh',
  'GET /v1/files/{path=**}',
  'POST /v1/files/{path=**}:check',
  'GET /v1/{name=shelves/*/books/*}',
  'GET /v1/{name=shelves/*}/pages/{page}',
  'DELETE /v1/*/anything',
] as const;

const routes: readonly Matchable[] = rules.map((rule) => {
  const [httpMethod = '', template = ''] = rule.split(' ');
  return { httpMethod, template: parseTemplate(template) };
});
const matcher = createMatcher(routes);

function show(method: string, path: string): string {
  const match = matcher.match(method, path);
  if (match.kind === 'not_found') return '404';
  if (match.kind === 'not_allowed') return `405 ${match.allow.join(',')}`;
  const values = [...match.pathValues].map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ');
  return `${match.route.template.source} ${values}`.trim();
}

describe('createMatcher', () => {
  it.each([
    ['GET', '/v1/orders', '/v1/orders'],
    ['POST', '/v1/orders', '/v1/orders'],
    ['HEAD', '/v1/orders', '/v1/orders'],
    ['GET', '/v1/orders/42', '/v1/orders/{id} id="42"'],
    ['GET', '/v1/%6Frders/42', '/v1/orders/{id} id="42"'],
    ['GET', '/v1/orders/a%2Fb', '/v1/orders/{id} id="a/b"'],
    ['GET', '/v1/orders/a%20b', '/v1/orders/{id} id="a b"'],
    ['GET', '/v1/orders/a+b', '/v1/orders/{id} id="a+b"'],
    ['GET', '/v1/orders/%C3%A9', '/v1/orders/{id} id="é"'],
    ['GET', '/v1/orders/%2e%2e', '/v1/orders/{id} id=".."'],
    ['GET', '/v1/orders/__proto__', '/v1/orders/{id} id="__proto__"'],
    ['POST', '/v1/orders/42:cancel', '/v1/orders/{id}:cancel id="42"'],
    ['POST', '/v1/orders/4:2:cancel', '/v1/orders/{id}:cancel id="4:2"'],
    ['POST', '/v1/orders/42:%63ancel', '/v1/orders/{id}:cancel id="42"'],
    ['GET', '/v1/orders/42:unknown', '/v1/orders/{id} id="42:unknown"'],
    ['GET', '/v1/orders/42%3Acancel', '/v1/orders/{id} id="42:cancel"'],
    ['GET', '/v1/orders/:cancel', '/v1/orders/{id} id=":cancel"'],
    ['GET', '/v1/users/me', '/v1/users/me'],
    ['PATCH', '/v1/users/me', '/v1/users/{id} id="me"'],
    ['GET', '/v1/products:batchGet', '/v1/products:batchGet'],
    ['GET', '/v1/products/batchGet', '/v1/products/{id} id="batchGet"'],
    ['POST', '/v1/sessions:refresh', '/v1/sessions:refresh'],
    ['GET', '/v1/files', '/v1/files/{path=**} path=""'],
    ['GET', '/v1/files/a/b/c', '/v1/files/{path=**} path="a/b/c"'],
    ['GET', '/v1/files/a%2Fb/c%20d', '/v1/files/{path=**} path="a%2Fb/c d"'],
    ['GET', '/v1/files/a%2fb', '/v1/files/{path=**} path="a%2fb"'],
    ['POST', '/v1/files/a/b:check', '/v1/files/{path=**}:check path="a/b"'],
    ['GET', '/v1/shelves/1/books/2', '/v1/{name=shelves/*/books/*} name="shelves/1/books/2"'],
    ['GET', '/v1/shelves/1/pages/9', '/v1/{name=shelves/*}/pages/{page} name="shelves/1" page="9"'],
    ['DELETE', '/v1/orders/anything', '/v1/*/anything'],
    ['PUT', '/v1/orders', '405 GET,HEAD,OPTIONS,POST'],
    ['DELETE', '/v1/users/7', '405 OPTIONS,PATCH'],
    ['GET', '/v1/orders/42:cancel', '405 OPTIONS,POST'],
    ['get', '/v1/orders', '405 GET,HEAD,OPTIONS,POST'],
    ['DELETE', '/v1/users/me', '405 GET,HEAD,OPTIONS,PATCH'],
    ['GET', '/', '404'],
    ['GET', '', '404'],
    ['GET', '*', '404'],
    ['GET', '/v1', '404'],
    ['GET', '/v1/orders/', '404'],
    ['GET', '//v1/orders', '404'],
    ['GET', '/v1//orders', '404'],
    ['GET', '/v1/orders/42/', '404'],
    ['GET', '/v1/orders/42/items', '404'],
    ['GET', '/v1/constructor', '404'],
    ['GET', '/V1/orders', '404'],
    ['GET', '/v1%2Forders', '404'],
    ['POST', '/v1/sessions', '404'],
    ['POST', '/v1/sessions:', '404'],
  ])('%s %s → %s', (method, path, expected) => {
    expect(show(method, path)).toBe(expected);
  });

  it.each([
    '/v1/orders/%',
    '/v1/orders/%2',
    '/v1/orders/%zz',
    '/v1/orders/%ff',
    '/v1/orders/%C3',
    '/%c0%af',
    '/v1/orders/1:%',
  ])('refuses %s as malformed', (path) => {
    expect(() => matcher.match('GET', path)).toThrow('[invalid_argument] the path is not percent-encoded UTF-8');
  });

  it('refuses two routes with one method and shape', () => {
    const twice = ['/v1/a/{id}', '/v1/a/{name}'].map((source) => ({
      httpMethod: 'GET',
      template: parseTemplate(source),
    }));

    expect(() => createMatcher(twice)).toThrow('GET /v1/a/{name} and GET /v1/a/{id} are one route');
  });
});

describe('parseTarget', () => {
  it.each([
    ['/a?b=c?d', { path: '/a', query: 'b=c?d' }],
    ['/a', { path: '/a', query: '' }],
    ['http://shop.test/a?b', { path: '/a', query: 'b' }],
    ['HTTP://shop.test', { path: '/', query: '' }],
    ['//evil.test/a', { path: '//evil.test/a', query: '' }],
    ['*', { path: '*', query: '' }],
    ['?a=b', { path: '/', query: 'a=b' }],
  ])('cuts %s', (target, expected) => {
    expect(parseTarget(target)).toEqual(expected);
  });
});
