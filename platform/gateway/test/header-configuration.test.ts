import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { loadConfig } from '@mainstay/config';
import { createHeaderMapper } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import { gatewayConfig } from '../src/config.ts';
import { toSettings } from '../src/settings.ts';
import { corpus, outcomeOf } from './header-outcome.ts';
import { configuration, rules } from './header-rules.ts';

// Over HTTP, with a gateway of the same file as a process: headers.test.ts.

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** How long a busy machine may take. */
const patient = { timeout: 60_000 };

const fileWith = (rules: string): string => `gateway:\n  headers:\n    rules: ${rules}\n`;

/** Runs the gateway with a configuration file until it ends by itself. */
const run = (file: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, [main], {
    timeout: patient.timeout,
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
      GATEWAY_SERVER_PORT: '0',
      MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
      MAINSTAY_CONFIG: file,
    },
  });

describe('configuration (7)', () => {
  const withFile = async <T>(content: string, run: (path: string) => Promise<T>): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'mainstay-headers-'));
    try {
      const path = join(folder, 'mainstay.yaml');
      await writeFile(path, content);
      return await run(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('of a file does to 6 recorded requests what that of code does, byte for byte', async () => {
    const ofFile = await withFile(
      configuration,
      async (file) => toSettings(loadConfig(gatewayConfig, { file, env: {} })).headers,
    );
    const identity = { kind: 'user', userId: 'u', roles: ['a', 'b'] } as const;

    const [file, code] = [createHeaderMapper(ofFile ?? { rules: [] }), createHeaderMapper({ rules })];
    for (const headers of corpus('abc')) {
      const outcome = outcomeOf(file, headers, identity);
      expect(JSON.stringify(outcome)).toBe(JSON.stringify(outcomeOf(code, headers, identity)));
    }
    expect(file.stats()).toEqual(code.stats());
  });

  it.each([
    [true, 'products.ff'],
    [false, undefined],
  ])(
    'with headers.written_tokens %j an X-Written-Up-To goes both ways as %j, beside the rules of the file',
    async (isOn, expected) => {
      const content = configuration.replace('  headers:\n', `  headers:\n    written_tokens: ${isOn}\n`);
      const { headers } = await withFile(content, async (file) =>
        toSettings(loadConfig(gatewayConfig, { file, env: {} })),
      );
      const mapper = createHeaderMapper(headers ?? { rules: [] });

      const mapped = mapper.begin({
        path: '/v1/products',
        read: (name) => (name === 'x-written-up-to' ? 'products.ff' : undefined),
      });
      const answer = mapped.answer((key) => (key === 'written-up-to' ? 'products.ff' : undefined));

      expect(mapped.baggage?.['written-up-to']).toBe(expected);
      expect(answer.find(({ name }) => name === 'x-written-up-to')?.value).toBe(expected);
    },
  );

  it.each([
    ['an unknown key', '[{ http_header: X-A, grpc_metadata: a, direction: in, requird: true }]', /requird is unknown/],
    ['a reserved key', '[{ http_header: X-A, grpc_metadata: mainstay-identity, direction: in }]', /is reserved/],
  ])('with %s is refused, and the entry named', async (_, list, problem) => {
    const load = async (file: string): Promise<unknown> => loadConfig(gatewayConfig, { file, env: {} });

    await expect(withFile(fileWith(list), load)).rejects.toThrow(problem);
  });

  it.concurrent.each([
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
    ['no YAML', '[', /YAML|mainstay\.yaml/],
  ])('with %s ends the process at its start with code 1, and the entry is named', patient, async (_, list, problem) => {
    const ended = { code: 1, stderr: expect.stringMatching(problem) };
    await expect(withFile(fileWith(list), run)).rejects.toMatchObject(ended);
  });

  it.concurrent('whose file is missing ends the process at its start with code 1', patient, async () => {
    const ended = { code: 1, stderr: expect.stringContaining('/nowhere/mainstay.yaml') };
    await expect(run('/nowhere/mainstay.yaml')).rejects.toMatchObject(ended);
  });
});
