import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { type FleetProcess, planFleet } from './fleet.ts';
import { type Answer, type SendOptions, send } from './harness.ts';
import { configuration } from './header-rules.ts';
import type { TokenChanges } from './token-issuer.ts';

/** What the services behind the gateways saw since the lab was made ready for a test. */
export interface Seen {
  readonly calls: number;
  /** Metadata of the last call. */
  readonly received: Readonly<Record<string, string>>;
  readonly traceId: string | undefined;
  /** Characters of the largest context of a call, as JSON. */
  readonly longestContext: number;
}

/** What the process of the services is asked. */
export type LabQuestion =
  | { readonly ask: 'seen' }
  | { readonly ask: 'sign'; readonly changes: TokenChanges }
  | { readonly ask: 'begin'; readonly policy?: string };

/** A gateway in a process of its own. */
export interface HeaderGateway extends FleetProcess {
  send(method: string, path: string, options?: SendOptions): Promise<Answer>;
  /** A metric of the management port by its name, over all labels. */
  metric(name: string): Promise<number>;
}

/** A registry, services that answer with headers, and gateways in front of them, all of them processes. */
export interface HeaderLab extends AsyncDisposable {
  /** Forgets what was seen; from then on services answer with this Content-Security-Policy, if any. */
  begin(policy?: string): Promise<void>;
  seen(): Promise<Seen>;
  /** A token of the users service. */
  sign(changes?: TokenChanges): Promise<string>;
  /** Starts a gateway with the file of `header-rules.ts`, over which variables win; resolves when it knows both services. */
  open(variables?: Readonly<Record<string, string>>): Promise<HeaderGateway>;
  /** All that all processes logged. */
  output(): string;
}

/** Starts registry and services; gateways may be opened at once. */
export async function startHeaderLab(): Promise<HeaderLab> {
  const fleet = await planFleet();
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-header-lab-'));
  const file = join(folder, 'mainstay.yaml');
  await writeFile(file, configuration);
  const logged = { MAINSTAY_LOG_LEVEL: 'debug' };
  const processes: FleetProcess[] = [];
  const start = async (...options: Parameters<typeof fleet.start>): Promise<FleetProcess> => {
    const [entry, variables] = options;
    const started = await fleet.start(entry, { ...logged, ...variables });
    processes.push(started);
    return started;
  };
  const services = start('headers');
  const ready = Promise.all([services, start('registry')]);
  const ask = async <T>(question: LabQuestion): Promise<T> => {
    const { child } = await services;
    child.send(question);
    const [told] = (await once(child, 'message')) as [T];
    return told;
  };
  return {
    begin: (policy) => ask({ ask: 'begin', ...(policy !== undefined && { policy }) }),
    seen: () => ask({ ask: 'seen' }),
    sign: (changes = {}) => ask({ ask: 'sign', changes }),
    async open(variables = {}) {
      const [gateway] = await Promise.all([start('gateway', { MAINSTAY_CONFIG: file, ...variables }), ready]);
      const port = Number(new URL(gateway.url).port);
      const page = async (path: string): Promise<string> => (await fetch(`${gateway.managementUrl}${path}`)).text();
      const known = async (): Promise<unknown> => JSON.parse(await page('/health')).details.discovery.services;
      const both = { users: { endpoints: 1 }, products: { endpoints: 1 } };
      await vi.waitFor(async () => expect(await known()).toMatchObject(both), 15_000);
      return {
        ...gateway,
        send: (method, path, options = {}) => send(port, { method, path, ...options }),
        async metric(name) {
          const lines = (await page('/metrics')).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)`, 'gm'));
          return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
        },
      };
    },
    output: () => processes.map((one) => one.output()).join(''),
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
