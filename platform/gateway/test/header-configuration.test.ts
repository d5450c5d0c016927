import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@mainstay/config';
import type { PlatformError } from '@mainstay/kernel';
import { createHeaderMapper, type HeaderMapper } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../src/config.ts';
import { toSettings } from '../src/settings.ts';
import { rules } from './header-lab.ts';

const yaml = `
gateway:
  headers:
    rules:
      - { http_header: Authorization, grpc_metadata: authorization, direction: in }
      - http_header: Authorization
        grpc_metadata: auth-token
        direction: in
        transforms: [trim, { remove_prefix: 'Bearer ' }]
      - http_header: X-Request-ID
        grpc_metadata: request-id
        direction: both
        default_value: { generate: uuid }
        baggage: true
        max_length: 64
      - { http_header: X-User-Role, grpc_metadata: user-role, direction: in, identity: roles }
      - { http_header: User-Agent, grpc_metadata: client-agent, direction: in, transforms: [{ replace: '\\d+', with: x }] }
      - { http_header: X-Processing-Time, grpc_metadata: processing-time, direction: out, transforms: [{ add_suffix: ms }] }
      - { http_header: X-Server-Version, grpc_metadata: server-version, direction: out }
      - { http_header: Content-Security-Policy, grpc_metadata: content-security-policy, direction: out, default_value: "default-src 'self'" }
`;

describe('configuration (7)', () => {
  const withFile = async <T>(content: string, run: (path: string) => T): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'mainstay-headers-'));
    try {
      const path = join(folder, 'mainstay.yaml');
      await writeFile(path, content);
      return run(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('of a file does to 5 recorded requests what that of code does, byte for byte', async () => {
    const ofFile = await withFile(yaml, (file) => toSettings(loadConfig(gatewayConfig, { file, env: {} })).headers);
    const corpus: Readonly<Record<string, string>>[] = [
      {},
      { authorization: '  Bearer abc', 'x-request-id': 'r-1', 'user-agent': 'curl/8.5.0' },
      { authorization: 'Basic abc', 'x-user-role': 'root' },
      { 'x-request-id': 'x'.repeat(65) },
      { 'user-agent': 'é' },
    ];
    const outcome = (mapper: HeaderMapper, headers: Readonly<Record<string, string>>): unknown => {
      const mapped = mapper.begin({ path: '/v1/users', read: (name) => headers[name] });
      const own = (text: string): string => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'generated');
      const answer = own(JSON.stringify(mapped.answer((key) => (key === 'processing-time' ? '7' : undefined))));
      try {
        return [own(JSON.stringify(mapped.metadata({ kind: 'user', userId: 'u', roles: ['a', 'b'] }))), answer];
      } catch (error) {
        return [(error as PlatformError).message, answer];
      }
    };

    const [file, code] = [createHeaderMapper(ofFile ?? { rules: [] }), createHeaderMapper({ rules })];
    for (const headers of corpus) expect(outcome(file, headers)).toEqual(outcome(code, headers));
    expect(file.stats()).toEqual(code.stats());
  });

  it.each([
    [
      'an unknown direction',
      '[{ http_header: X-A, grpc_metadata: a, direction: up }]',
      /rules\[0\]: direction must be in, out or both/,
    ],
    [
      'a rule that stands twice',
      '[{ http_header: X-A, grpc_metadata: a, direction: in }, { http_header: x-a, grpc_metadata: a, direction: both }]',
      /rules\[1\] .* maps in as rules\[0\] does/,
    ],
    ['an unknown key', '[{ http_header: X-A, grpc_metadata: a, direction: in, requird: true }]', /requird is unknown/],
    ['a reserved key', '[{ http_header: X-A, grpc_metadata: mainstay-identity, direction: in }]', /is reserved/],
    ['no YAML', '[', /YAML|mainstay\.yaml/],
  ])('with %s stops the start and names the entry', async (_, list, problem) => {
    const content = `gateway:\n  headers:\n    rules: ${list}\n`;

    await expect(withFile(content, (file) => loadConfig(gatewayConfig, { file, env: {} }))).rejects.toThrow(problem);
  });

  it('whose file is missing stops the start', () => {
    expect(() => loadConfig(gatewayConfig, { file: '/nowhere/mainstay.yaml', env: {} })).toThrow(
      '/nowhere/mainstay.yaml',
    );
  });
});
