import { type Logger, optionError, PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { gatewayReasons } from '../errors.ts';
import { type KeyRecord, keyState } from '../identity/keys/key-record.ts';
import type { ManagedKeys } from '../identity/keys/open-key-book.ts';
import { piiScopes } from '../identity/pii-scopes.ts';

const dayMs = 86_400_000;
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const prefix = z.string().regex(/^[0-9a-f]{12}$/);
const routeScope = z.string().regex(/^[a-z][a-z0-9-]*\.(read|write)$/);
const opensSomething = (scopes: readonly string[]): boolean =>
  scopes.length === 0 || scopes.some((scope) => routeScope.safeParse(scope).success);
const nothingOpened = 'a list in which one opens routes at least, as orders.read does';
const act = z.discriminatedUnion('act', [
  z.strictObject({
    act: z.literal('create'),
    client: word,
    tier: word,
    tenant: word.optional(),
    scopes: z
      .array(z.union([routeScope, z.enum(piiScopes)]))
      .refine(opensSomething, nothingOpened)
      .default([]),
    expires_in_days: z.number().positive().max(36_500).optional(),
  }),
  z.strictObject({ act: z.literal('rotate'), prefix, overlap_hours: z.number().min(0).max(8_760).default(24) }),
  z.strictObject({ act: z.literal('revoke'), prefix }),
  z.strictObject({ act: z.literal('refresh') }),
]);

/** What the management port shows and takes at `/gateway/keys`. */
export interface KeyAdmin {
  /** All keys, newest first; never the keys themselves. */
  show(): object;
  /**
   * Creates, rotates or revokes a key; what it does counts here at once, at other replicas when they look next, or are told to (`refresh`).
   *
   * @throws {@link PlatformError} `OPTION_INVALID` for anything else; `API_KEY_UNKNOWN`; `API_KEYS_NOT_KEPT` without a database.
   */
  act(body: unknown): Promise<object>;
}

/** Lets operators manage keys; each act is logged with the public part of the key. */
export function createKeyAdmin(
  keys: ManagedKeys | undefined,
  tiers: () => readonly string[],
  logger: Logger,
): KeyAdmin {
  return {
    show() {
      if (keys === undefined) return { keys: [], kept: false };
      const { book } = keys;
      const rows = [...book.all()].sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
      return { kept: true, age_ms: Math.round(book.ageMs), keys: rows.map((row) => showKey(row, book.nowMs())) };
    },
    async act(body) {
      if (keys === undefined)
        throw new PlatformError(gatewayReasons.API_KEYS_NOT_KEPT, 'the gateway has no database for keys');
      const wish = parse(body);
      if (wish.act === 'refresh') {
        await keys.book.refresh();
        return {};
      }
      if (wish.act === 'create' && !tiers().includes(wish.tier)) {
        throw optionError('tier', `one of ${tiers().join(', ')}`, wish.tier);
      }
      const done = await carryOut(keys, wish);
      await keys.book.refresh();
      logger.warn('an operator changed API keys', { ...wish, ...(done !== undefined && { new_prefix: done.prefix }) });
      return done === undefined
        ? { prefix: 'prefix' in wish ? wish.prefix : '' }
        : { prefix: done.prefix, key: done.text };
    },
  };
}

async function carryOut({ store }: ManagedKeys, wish: Exclude<z.output<typeof act>, { act: 'refresh' }>) {
  if (wish.act === 'rotate') return store.rotate(wish.prefix, wish.overlap_hours * 3_600_000);
  if (wish.act === 'revoke') {
    await store.revoke(wish.prefix);
    return undefined;
  }
  const { client, tier, tenant, scopes, expires_in_days: days } = wish;
  return store.create({ client, tier, tenant, scopes, lifetimeMs: days === undefined ? undefined : days * dayMs });
}

function parse(body: unknown): z.output<typeof act> {
  const parsed = act.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw optionError(issue?.path.join('.') || 'body', issue?.message ?? 'an act', undefined);
}

function showKey(key: KeyRecord, nowMs: number): object {
  return {
    prefix: key.prefix,
    client: key.client,
    tier: key.tier,
    tenant: key.tenant ?? null,
    scopes: key.scopes,
    state: keyState(key, nowMs),
    created_at: key.createdAt.toISOString(),
    expires_at: key.expiresAt?.toISOString() ?? null,
    revoked_at: key.revokedAt?.toISOString() ?? null,
    replaced_by: key.replacedBy ?? null,
  };
}
