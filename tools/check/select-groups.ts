import type { Group } from './group.ts';

/** The chosen groups, or the names that are none. */
export type Selection = { readonly groups: readonly Group[] } | { readonly unknown: readonly string[] };

/**
 * Chooses groups by name; they keep the order of the list, whatever order was asked for.
 *
 * @param names - group names, or `test` for all groups that run tests; none means all groups.
 */
export function selectGroups(all: readonly Group[], names: readonly string[]): Selection {
  const unknown = names.filter((name) => name !== 'test' && !all.some((group) => group.name === name));
  if (unknown.length > 0) return { unknown };
  if (names.length === 0) return { groups: all };
  const chosen = all.filter((group) => names.includes(group.name) || (group.isTest && names.includes('test')));
  return { groups: chosen };
}
