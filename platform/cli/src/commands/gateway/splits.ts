import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../../errors.ts';
import { absenceOf, type ShownShare, showShare } from '../../output/split-lines.ts';
import { layOutTable } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { findGateway, type GatewayManagement, type GatewayOptions } from './management.ts';

/** Options of commands that change a split. */
export interface ChangeSplitOptions extends GatewayOptions {
  /** Revision that was looked at; absent takes the one in force. */
  readonly revision?: number;
}

/** One version and its share, as `2.0.0=10` says it. */
export interface VersionWeight {
  readonly version: string;
  readonly weight: number;
}

/** Options of `mainstay gateway splits set`. */
export interface SetSplitOptions extends ChangeSplitOptions {
  readonly by: string;
  readonly fallback?: string;
  readonly seed?: string;
  readonly overrideRole: readonly string[];
  readonly overrideClient: readonly string[];
  readonly mirror?: string;
  readonly mirrorPercent: number;
  readonly mirrorWrites?: boolean;
  readonly mirrorIgnore: readonly string[];
}

interface ShownSplit {
  readonly service: string;
  readonly revision: number;
  readonly changed_at: string;
  readonly shares: readonly ShownShare[];
  readonly split: { readonly by: string; readonly fallback?: string; readonly mirror?: { readonly version: string } };
  readonly mirrored: readonly ShownMirror[];
}

interface ShownMirror {
  readonly version: string;
  readonly compared: number;
  readonly same: number;
  readonly different: number;
  readonly fields: number;
  readonly other_status: number;
  readonly dropped: number;
  readonly mean_ms: number;
  readonly mean_ms_served: number;
}

const path = '/gateway/splits';

/** Prints the splits in force. */
export async function listSplits(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const { splits, kept } = await read(await findGateway(options));
  if (options.json === true) return printJson(terminal, splits);
  const rows = splits.map(({ service, shares, split, revision, changed_at: changedAt }) => [
    service,
    shares.map(showShare).join(', '),
    split.by,
    split.mirror?.version ?? '',
    String(revision),
    changedAt,
  ]);
  const head = ['SERVICE', 'SHARES', 'BY', 'MIRROR', 'REVISION', 'CHANGED'];
  for (const line of layOutTable([head, ...rows], ['REVISION'])) terminal.line(line);
  if (!kept) terminal.line('\nthe gateway has no database: splits are those of one process and end with it');
  return 0;
}

/** Prints one split, and how the answers of its mirror compared. */
export async function showSplit(service: string, options: GatewayOptions, terminal: Terminal): Promise<number> {
  const { splits } = await read(await findGateway(options));
  const found = splits.find((split) => split.service === service);
  if (found === undefined) throw notSplit(service);
  if (options.json === true) return printJson(terminal, found);
  terminal.line(`${service}, revision ${found.revision}, changed at ${found.changed_at}`);
  terminal.line(JSON.stringify(found.split, null, 2));
  if (found.mirrored.length === 0) return 0;
  terminal.line('');
  const head = ['MIRROR', 'COMPARED', 'SAME', 'DIFFERENT', 'VALUES', 'OTHER STATUS', 'DROPPED', 'MS', 'MS SERVED'];
  const rows = found.mirrored.map((one) =>
    [
      one.version,
      one.compared,
      one.same,
      one.different,
      one.fields,
      one.other_status,
      one.dropped,
      one.mean_ms,
      one.mean_ms_served,
    ].map(String),
  );
  for (const line of layOutTable([head, ...rows], head.slice(1))) terminal.line(line);
  return 0;
}

/** Puts a split in force. */
export async function setSplit(
  { service, versions }: { readonly service: string; readonly versions: readonly VersionWeight[] },
  options: SetSplitOptions,
  terminal: Terminal,
): Promise<number> {
  const { by, fallback, seed, overrideRole: roles, overrideClient: clients, mirror } = options;
  const split = {
    versions,
    by,
    ...(fallback !== undefined && { fallback }),
    ...(seed !== undefined && { seed }),
    ...(roles.length + clients.length > 0 && { override: { roles, clients } }),
    ...(mirror !== undefined && {
      mirror: {
        version: mirror,
        percent: options.mirrorPercent,
        writes: options.mirrorWrites === true,
        ignore: options.mirrorIgnore,
      },
    }),
  };
  return change({ act: 'set', service, split }, options, terminal);
}

/** Sends all traffic to one version of a split. */
export async function switchSplit(
  { service, version }: { readonly service: string; readonly version: string },
  options: ChangeSplitOptions,
  terminal: Terminal,
): Promise<number> {
  return change({ act: 'switch', service, version }, options, terminal);
}

/** Takes a split away: calls go to whichever instance there is. */
export async function removeSplit(service: string, options: ChangeSplitOptions, terminal: Terminal): Promise<number> {
  return change({ act: 'remove', service }, options, terminal);
}

/** What the management port takes, but for the revision. */
type SplitAct = { readonly service: string } & (
  | { readonly act: 'set'; readonly split: object }
  | { readonly act: 'switch'; readonly version: string }
  | { readonly act: 'remove' }
);

async function change(act: SplitAct, options: ChangeSplitOptions, terminal: Terminal): Promise<number> {
  const gateway = await findGateway(options);
  const revision = options.revision ?? (await revisionOf(gateway, act.service));
  const changed = await gateway.post<Changed>(path, { ...act, revision });
  if (options.json === true) return printJson(terminal, changed);
  terminal.line(
    `${act.service} has revision ${changed.revision}; other replicas of the gateway know it within a second`,
  );
  if (changed.without_instance.length > 0)
    terminal.line(terminal.paint('warning', absenceOf(act.service, changed.without_instance)));
  return 0;
}

interface Changed {
  readonly revision: number;
  /** Versions of the split that nobody runs. */
  readonly without_instance: readonly string[];
}

async function revisionOf(gateway: GatewayManagement, service: string): Promise<number> {
  const { splits } = await read(gateway);
  return splits.find((split) => split.service === service)?.revision ?? 0;
}

function read(gateway: GatewayManagement): Promise<{ readonly splits: readonly ShownSplit[]; readonly kept: boolean }> {
  return gateway.get(path);
}

function notSplit(service: string): PlatformError {
  return new PlatformError(cliReasons.CLI_GATEWAY_REFUSED, `the traffic of ${service} is not split`);
}

function printJson(terminal: Terminal, content: unknown): number {
  terminal.line(JSON.stringify(content, null, 2));
  return 0;
}
