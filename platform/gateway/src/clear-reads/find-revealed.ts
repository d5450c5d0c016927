import { fieldSensitivity } from '@mainstay/rpc';
import type { AdmittedRequest } from '../exchange/admitted-request.ts';
import { isAbove } from '../identity/clearance.ts';
import type { HiddenValue } from '../masking/find-hidden.ts';

/** What a caller is shown that others are not. */
export interface Revealed {
  /** By message and name, for example `users.v1.User.email`, sorted, each once. */
  readonly fields: readonly string[];
  /** Ids of the grants by which it is shown; empty where the caller's roles alone do. */
  readonly grants: readonly string[];
}

/**
 * Compares what is hidden from everybody with what is hidden from the caller.
 *
 * A field is named by the contract and not by its place in the answer: places hold keys of maps, which may be personal.
 */
export function findRevealed(
  { clearance, grants }: Pick<AdmittedRequest, 'clearance' | 'grants'>,
  { hidden, stillHidden }: { readonly hidden: readonly HiddenValue[]; readonly stillHidden: readonly HiddenValue[] },
): Revealed {
  const isStillHidden = new Set(stillHidden.map(placeOf));
  const fields = new Set<string>();
  const used = new Set<string>();
  for (const value of hidden) {
    if (isStillHidden.has(placeOf(value))) continue;
    const { field, owner } = value;
    fields.add(`${field.parent.typeName}.${field.name}`);
    if (!isAbove(fieldSensitivity(field), clearance)) continue;
    for (const { id, customerId } of grants) if (customerId === owner) used.add(id);
  }
  return { fields: [...fields].sort(), grants: [...used].sort() };
}

function placeOf({ path }: HiddenValue): string {
  return JSON.stringify(path);
}
