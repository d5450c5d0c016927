import { type Logger, optionError, PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { gatewayReasons } from '../errors.ts';
import type { MirrorReport } from '../splits/mirror/mirror-report.ts';
import { parseSplit, switchedTo } from '../splits/parse-split.ts';
import type { Split, SplitRecord } from '../splits/split.ts';
import type { Splits } from '../worker-channel/open-splits.ts';

const service = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const revision = z.int().min(0);
const act = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('set'), service, revision, split: z.unknown() }),
  z.strictObject({ act: z.literal('switch'), service, revision, version: z.string() }),
  z.strictObject({ act: z.literal('remove'), service, revision }),
  z.strictObject({ act: z.literal('refresh') }),
]);

/** What the management port shows and takes at `/gateway/splits`. */
export interface SplitAdmin {
  /** The splits in force here by service, how many instances each version has, and what became of copied requests. */
  show(): object;
  /**
   * Sets, switches or removes a split; it counts here at once, at other replicas when they look next, or are told to (`refresh`). The
   * answer names the versions that nobody runs.
   *
   * @throws {@link PlatformError} `OPTION_INVALID` for anything else; `SPLIT_CHANGED` for a stale revision; `SPLIT_UNKNOWN`.
   */
  act(body: unknown): Promise<object>;
}

/** What is known of the services whose traffic is split. */
export interface SplitSights {
  mirrored(service: string): readonly MirrorReport[];
  /** How many instances of a version take calls; undefined while the registry is not known. */
  instancesOf(service: string, version: string): number | undefined;
}

/** Lets operators steer traffic; each act is logged. */
export function createSplitAdmin({ store, book }: Splits, sights: SplitSights, logger: Logger): SplitAdmin {
  const carryOut = async (wish: Exclude<z.output<typeof act>, { act: 'refresh' }>): Promise<number> => {
    if (wish.act === 'set') return store.set(wish.service, parseSplit(wish.split), wish.revision);
    if (wish.act === 'remove') return store.remove(wish.service, wish.revision);
    await book.refresh();
    const known = book.get(wish.service);
    if (known === undefined) {
      throw new PlatformError(gatewayReasons.SPLIT_UNKNOWN, `the traffic of ${wish.service} is not split`);
    }
    return store.set(wish.service, switchedTo(known.split, wish.version), wish.revision);
  };
  return {
    show: () => ({
      kept: store.isKept,
      splits: book
        .all()
        .toSorted((a, b) => a.service.localeCompare(b.service))
        .map((record) => ({ ...showSplit(record, sights), mirrored: sights.mirrored(record.service) })),
    }),
    async act(body) {
      const wish = parse(body);
      if (wish.act === 'refresh') {
        await book.refresh();
        return {};
      }
      const before = book.get(wish.service);
      const changed = await carryOut(wish);
      await book.refresh();
      logger.warn('an operator changed a traffic split', { ...wish, before: before?.split ?? null, to: changed });
      return {
        service: wish.service,
        revision: changed,
        without_instance: withoutInstance(book, wish.service, sights),
      };
    },
  };
}

/** The versions of a split that nobody runs, as far as is known: they may come up later, and others stand in until then. */
function withoutInstance(book: Splits['book'], name: string, sights: SplitSights): readonly string[] {
  const split = book.get(name)?.split;
  if (split === undefined) return [];
  const { versions, mirror } = split;
  const named = new Set([...versions.map(({ version }) => version), ...(mirror === undefined ? [] : [mirror.version])]);
  return [...named].filter((version) => sights.instancesOf(name, version) === 0);
}

function showSplit(
  { service: name, split, revision: of, changedAt }: SplitRecord & { readonly split: Split },
  sights: SplitSights,
): object {
  const sum = split.versions.reduce((total, { weight }) => total + weight, 0);
  return {
    service: name,
    revision: of,
    changed_at: changedAt.toISOString(),
    split,
    shares: split.versions.map(({ version, weight }) => ({
      version,
      percent: (weight / sum) * 100,
      instances: sights.instancesOf(name, version) ?? null,
    })),
  };
}

function parse(body: unknown): z.output<typeof act> {
  const parsed = act.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw optionError(issue?.path.join('.') || 'body', issue?.message ?? 'an act', undefined);
}
