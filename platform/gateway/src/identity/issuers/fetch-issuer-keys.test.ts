import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { fetchIssuerKeys } from './fetch-issuer-keys.ts';

let stop: () => Promise<void> = async () => undefined;
afterEach(() => stop());

/** Serves documents by their path, and gives the address of the issuer. */
async function serve(pages: (issuer: string) => Readonly<Record<string, unknown>>): Promise<string> {
  let issuer = '';
  const server = createServer(({ url = '' }, response: ServerResponse) => {
    const page = pages(issuer)[url];
    if (page === undefined) response.writeHead(302, { location: '/elsewhere' }).end();
    else response.end(typeof page === 'string' ? page : JSON.stringify(page));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stop = () => new Promise((resolve) => void server.close(() => resolve()));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return issuer;
}

const discovery = '/.well-known/openid-configuration';
const documents = (keys: unknown) => (issuer: string) => ({
  [discovery]: { issuer, jwks_uri: `${issuer}/keys` },
  '/keys': { keys },
});

it('takes the public keys for signatures, and neither secrets nor keys for encryption', async () => {
  const issuer = await serve(
    documents([
      { kty: 'RSA', kid: 'a', use: 'sig' },
      { kty: 'oct', kid: 'secret', k: 'AAAA' },
      { kty: 'RSA', kid: 'enc', use: 'enc' },
      { kty: 'EC', kid: 'b' },
    ]),
  );

  expect([...(await fetchIssuerKeys(issuer, 2_000)).kids]).toEqual(['a', 'b']);
});

it.each<[string, (issuer: string) => Readonly<Record<string, unknown>>, RegExp]>([
  [
    'names another issuer',
    () => ({ [discovery]: { issuer: 'https://evil.test', jwks_uri: 'x' } }),
    /that of https:\/\/evil/,
  ],
  ['has no keys', (issuer) => ({ [discovery]: { issuer } }), /no issuer or no jwks_uri/],
  ['is no JSON', () => ({ [discovery]: '<html>' }), /gave no JSON/],
  ['is elsewhere', () => ({}), /gave no JSON/],
  ['is larger than 256 KiB', () => ({ [discovery]: ' '.repeat(262_145) }), /larger than 262144 bytes/],
  ['leads to what is no key set', (issuer) => ({ ...documents(7)(issuer) }), /no JSON Web Key Set/],
])('refuses an issuer whose document %s', async (_, pages, message) => {
  const issuer = await serve(pages);

  await expect(fetchIssuerKeys(issuer, 2_000)).rejects.toMatchObject({
    reason: 'ISSUER_UNUSABLE',
    rawMessage: expect.stringMatching(message),
  });
});
