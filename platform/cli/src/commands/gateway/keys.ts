import { layOutTable } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { findGateway, type GatewayOptions } from './management.ts';

/** Options of `mainstay gateway keys create`. */
export interface CreateKeyOptions extends GatewayOptions {
  readonly tier: string;
  readonly tenant?: string;
  readonly scope: readonly string[];
  readonly days?: number;
}

/** Options of `mainstay gateway keys rotate`. */
export interface RotateKeyOptions extends GatewayOptions {
  readonly overlap: number;
}

interface ShownKey {
  readonly prefix: string;
  readonly client: string;
  readonly tier: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly replaced_by: string | null;
}

interface MadeKey {
  readonly prefix: string;
  readonly key: string;
}

const path = '/gateway/keys';

/** Makes a key and prints it, once. */
export async function createKey(client: string, options: CreateKeyOptions, terminal: Terminal): Promise<number> {
  const { tier, tenant, scope: scopes, days } = options;
  const made = await (await findGateway(options)).post<MadeKey>(path, {
    act: 'create',
    client,
    tier,
    scopes,
    ...(tenant !== undefined && { tenant }),
    ...(days !== undefined && { expires_in_days: days }),
  });
  return printKey(made, options, terminal);
}

/** Makes a key in the place of another, prints it once, and lets the old one end after the overlap. */
export async function rotateKey(prefix: string, options: RotateKeyOptions, terminal: Terminal): Promise<number> {
  const gateway = await findGateway(options);
  const made = await gateway.post<MadeKey>(path, { act: 'rotate', prefix, overlap_hours: options.overlap });
  return printKey(made, options, terminal);
}

/** Ends a key. */
export async function revokeKey(prefix: string, options: GatewayOptions, terminal: Terminal): Promise<number> {
  await (await findGateway(options)).post(path, { act: 'revoke', prefix });
  terminal.line(`${prefix} is revoked; other replicas of the gateway know it within a second`);
  return 0;
}

/** Prints all keys, never the keys themselves. */
export async function listKeys(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const { keys } = await (await findGateway(options)).get<{ readonly keys: readonly ShownKey[] }>(path);
  if (options.json === true) {
    terminal.line(JSON.stringify(keys, null, 2));
    return 0;
  }
  const rows = keys.map((key) => [
    key.prefix,
    key.client,
    key.tier,
    key.tenant ?? '',
    key.scopes.join(', ') || 'all',
    key.replaced_by === null ? key.state : `${key.state}, replaced by ${key.replaced_by}`,
    key.expires_at ?? 'never',
  ]);
  const table = [['KEY', 'CLIENT', 'TIER', 'TENANT', 'SCOPES', 'STATE', 'EXPIRES'], ...rows];
  for (const line of layOutTable(table, [])) terminal.line(line);
  return 0;
}

function printKey(made: MadeKey, options: GatewayOptions, terminal: Terminal): number {
  if (options.json === true) {
    terminal.line(JSON.stringify(made, null, 2));
    return 0;
  }
  terminal.line(made.key);
  terminal.line(`This is the only time that the key is shown; lists name it ${made.prefix}.`);
  return 0;
}
