import { layOutTable } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { findGateway, type GatewayOptions } from './management.ts';

interface ShownLimit {
  readonly limitPerMinute: number;
  readonly burst: number;
}

interface ShownRoute {
  readonly route: string;
  readonly service: string;
  readonly method: string;
  readonly access: string;
  readonly roles: readonly string[];
  readonly scope: string;
  /** Missing for a stream, which has none. */
  readonly timeout_ms?: number;
  readonly cost: number;
  readonly limit: ShownLimit | null;
}

interface ShownLimits {
  readonly tiers: Readonly<Record<string, ShownLimit & { readonly monthlyQuota: number | null }>>;
  readonly address: ShownLimit | null;
  readonly user: ShownLimit | null;
  readonly tenant: ShownLimit | null;
  readonly routes: Readonly<Record<string, { readonly cost?: number; readonly limit?: ShownLimit }>>;
  readonly buckets: { readonly keys: number; readonly state?: string; readonly replicas?: number };
  readonly quotas: { readonly clients: number; readonly unrecorded: number; readonly state: string } | null;
}

interface ShownConfig {
  readonly file: string | null;
  readonly loaded_at: string;
  readonly changed: readonly string[];
  readonly needs_restart: readonly string[];
  readonly error: { readonly at: string; readonly reason: string; readonly message: string } | null;
}

/** Prints every route with what decides about its requests. */
export async function gatewayRoutes(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const { routes } = await (await findGateway(options)).get<{ readonly routes: readonly ShownRoute[] }>(
    '/gateway/routes',
  );
  if (options.json === true) return printJson(terminal, routes);
  const rows = routes.map((one) => [
    one.route,
    `${one.service}.${one.method}`,
    one.access === 'role' ? one.roles.join(', ') : one.access,
    one.scope,
    one.timeout_ms === undefined ? '-' : `${one.timeout_ms} ms`,
    String(one.cost),
    showLimit(one.limit),
  ]);
  return print(
    terminal,
    [['ROUTE', 'METHOD', 'ACCESS', 'SCOPE', 'TIME-OUT', 'COST', 'LIMIT'], ...rows],
    ['TIME-OUT', 'COST'],
  );
}

/** Prints the limits in force and where their buckets are. */
export async function gatewayLimits(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const limits = await (await findGateway(options)).get<ShownLimits>('/gateway/limits');
  if (options.json === true) return printJson(terminal, limits);
  const tiers = Object.entries(limits.tiers).map(([name, tier]) => [
    `tier ${name}`,
    String(tier.limitPerMinute),
    String(tier.burst),
    tier.monthlyQuota === null ? 'any' : String(tier.monthlyQuota),
  ]);
  const others = (['address', 'user', 'tenant'] as const).flatMap((name) => {
    const limit = limits[name];
    return limit === null ? [] : [[`each ${name}`, String(limit.limitPerMinute), String(limit.burst), '']];
  });
  const routes = Object.entries(limits.routes).flatMap(([name, { limit }]) =>
    limit === undefined ? [] : [[`each client at ${name}`, String(limit.limitPerMinute), String(limit.burst), '']],
  );
  print(
    terminal,
    [['LIMIT', 'A MINUTE', 'BURST', 'A MONTH'], ...tiers, ...others, ...routes],
    ['A MINUTE', 'BURST', 'A MONTH'],
  );
  const { buckets, quotas } = limits;
  const where =
    buckets.state === undefined ? 'in this process' : `shared by ${buckets.replicas}, Redis is ${buckets.state}`;
  terminal.line(`\nbuckets: ${buckets.keys}, ${where}`);
  terminal.line(quotas === null ? 'quotas: not enforced, there is no database' : `quotas: ${quotas.state}`);
  return 0;
}

/** Prints what of the configuration is in force, and what was wrong with the last change. */
export async function gatewayConfig(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const gateway = await findGateway(options);
  return printConfig(await gateway.get<ShownConfig>('/config'), { options, terminal });
}

/** Reads the configuration again and puts it in force. */
export async function gatewayReload(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const gateway = await findGateway(options);
  return printConfig(await gateway.post<ShownConfig>('/config', {}), { options, terminal });
}

function printConfig(
  config: ShownConfig,
  { options, terminal }: { readonly options: GatewayOptions; readonly terminal: Terminal },
): number {
  if (options.json === true) return printJson(terminal, config);
  terminal.line(`${config.file ?? 'no file, environment only'}, read at ${config.loaded_at}`);
  terminal.line(`changed: ${config.changed.join(', ') || 'nothing'}`);
  if (config.needs_restart.length > 0) terminal.line(`waits for a restart: ${config.needs_restart.join(', ')}`);
  if (config.error === null) return 0;
  terminal.line(`not taken at ${config.error.at}: ${config.error.message}`);
  return 1;
}

function showLimit(limit: ShownLimit | null): string {
  return limit === null ? '' : `${limit.limitPerMinute} a minute, burst ${limit.burst}`;
}

function printJson(terminal: Terminal, content: unknown): number {
  terminal.line(JSON.stringify(content, null, 2));
  return 0;
}

function print(terminal: Terminal, rows: readonly (readonly string[])[], rightAligned: readonly string[]): number {
  for (const line of layOutTable(rows, rightAligned)) terminal.line(line);
  return 0;
}
