import type { Identity } from '@mainstay/kernel/context';
import type { Assignment } from '../exchange/assignment.ts';
import type { Client } from '../identity/client.ts';
import { compileAssignment, percentOf } from './assign-version.ts';
import type { OverrideRule, Split, SplitRecord } from './split.ts';

/** What is known of whoever asks. */
export interface SplitCaller {
  readonly identity: Identity;
  readonly client: Client;
  /** Headers of the request, by their names in lower case. */
  readonly header: (name: string) => string | undefined;
}

/** A split ready to decide. */
export interface CompiledSplit {
  readonly record: SplitRecord & { readonly split: Split };
  assign(caller: SplitCaller): Assignment;
}

/** Names the version that a tester wants, where the split listens to the caller. */
export const versionHeader = 'mainstay-version';

/** Resolves all of a split that can be known before a request. */
export function compileSplit(record: SplitRecord & { readonly split: Split }): CompiledSplit {
  const { service, split } = record;
  const { versions, override, mirror } = split;
  const seed = split.seed ?? service;
  const assignVersion = compileAssignment(versions, seed);
  const known = new Set([...versions.map(({ version }) => version), ...(mirror === undefined ? [] : [mirror.version])]);
  const orders = new Map([...known].map((version) => [version, standIns(version, split)] as const));
  const readKey = keyReader(split.by);

  const chosenBy = (caller: SplitCaller): string | undefined => {
    if (override === undefined) return undefined;
    const wanted = caller.header(versionHeader);
    return wanted !== undefined && known.has(wanted) && mayChoose(override, caller) ? wanted : undefined;
  };
  return {
    record,
    assign(caller) {
      const key = readKey(caller);
      const chosen = chosenBy(caller);
      const isMirrored = mirror !== undefined && percentOf(key, `${seed}/mirror`) < mirror.percent;
      return {
        service,
        versions: chosen === undefined ? (orders.get(assignVersion(key)) ?? []) : [chosen],
        isChosen: chosen !== undefined,
        mirror: isMirrored ? mirror : undefined,
        servedBy: undefined,
      };
    },
  };
}

/** A version, its fall-back, and the others that get traffic, the heaviest first. */
function standIns(version: string, { versions, fallback }: Split): readonly string[] {
  const others = versions
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map((share) => share.version);
  return [...new Set([version, ...(fallback === undefined ? [] : [fallback]), ...others])];
}

/** What keeps a caller on one side; who lacks it is known by the next best: the user, the key, the address. */
function keyReader(by: string): (caller: SplitCaller) => string {
  const byUser = ({ identity, client }: SplitCaller): string =>
    identity.userId === undefined ? client.id : `user:${identity.userId}`;
  if (by === 'user') return byUser;
  if (by === 'key') return ({ client }) => client.id;
  const name = by.slice('header:'.length);
  return (caller) => {
    const value = caller.header(name);
    return value === undefined || value === '' ? byUser(caller) : `header:${value}`;
  };
}

function mayChoose({ roles, clients, everyone }: OverrideRule, { identity, client }: SplitCaller): boolean {
  if (everyone || identity.roles.some((role) => roles.includes(role))) return true;
  return clients.some((name) => client.id === `key:${name}`);
}
