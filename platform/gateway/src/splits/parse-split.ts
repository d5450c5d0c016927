import { optionError } from '@mainstay/kernel';
import { z } from 'zod';
import type { Split } from './split.ts';

/** Most versions of one service that traffic is split over. */
const maxVersions = 16;
const version = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/);
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/);
const shape = z.strictObject({
  versions: z
    .array(z.strictObject({ version, weight: z.number().min(0).max(1_000_000) }))
    .min(1)
    .max(maxVersions),
  by: z
    .string()
    .regex(/^(user|key|header:[a-z][a-z0-9-]{0,63})$/, 'user, key, or header: with a name in lower case')
    .default('user'),
  seed: word.optional(),
  fallback: version.optional(),
  override: z
    .strictObject({
      roles: z.array(word).max(20).default([]),
      clients: z.array(word).max(100).default([]),
      everyone: z.boolean().default(false),
    })
    .optional(),
  mirror: z
    .strictObject({
      version,
      percent: z.number().min(0).max(100).default(100),
      writes: z.boolean().default(false),
      ignore: z.array(word).max(50).default([]),
    })
    .optional(),
});

/**
 * Reads a split as operators write it, and as it is stored.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` that names what is wrong: a field, a version that stands twice, no version with
 * a weight, or a fall-back that is no version of the split.
 */
export function parseSplit(input: unknown): Split {
  const parsed = shape.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw optionError(['split', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'a split', undefined);
  }
  const split = parsed.data;
  const names = split.versions.map((share) => share.version);
  if (new Set(names).size < names.length) throw optionError('split.versions', 'different versions', names);
  if (!split.versions.some(({ weight }) => weight > 0)) {
    throw optionError('split.versions', 'a weight above 0 for one version at least', names);
  }
  if (split.fallback !== undefined && !names.includes(split.fallback)) {
    throw optionError('split.fallback', 'one of the versions', split.fallback);
  }
  return split;
}

/** The split with all traffic at one of its versions; the others stay at hand. */
export function switchedTo(split: Split, to: string): Split {
  if (!split.versions.some((share) => share.version === to)) {
    throw optionError('version', `one of ${split.versions.map((share) => share.version).join(', ')}`, to);
  }
  const versions = split.versions.map((share) => ({ version: share.version, weight: share.version === to ? 100 : 0 }));
  return { ...split, versions };
}
