import { PlatformError } from '@mainstay/kernel';
import type { z } from 'zod';
import { configReasons } from './errors.ts';
import { nearestName } from './nearest.ts';
import { showValue } from './show-value.ts';

/** One mistake of an operator. */
export interface Problem {
  readonly key: string;
  readonly rule: string;
  readonly message: string;
}

/** A value as it was found, before its schema has seen it. */
export interface Candidate {
  readonly value: unknown;
  readonly isText: boolean;
  readonly source: string;
}

/** A value that breaks a rule of its schema. */
export function broken(
  key: string,
  issue: z.core.$ZodIssue,
  from: { readonly candidate: Candidate; readonly secret: boolean },
): Problem {
  const path = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const rule = from.secret && quotes(issue.message, from.candidate.value) ? 'breaks its rule' : issue.message;
  const shown = showValue(from.candidate.value, from.secret);
  return {
    key,
    rule: issue.code ?? 'custom',
    message: `${key}${from.secret ? '' : path}: ${rule}, got ${shown} (${from.candidate.source})`,
  };
}

/** A rule written by hand may quote the value; six characters of it in a row are taken for a quote. */
function quotes(message: string, secret: unknown): boolean {
  if (typeof secret !== 'string') return true;
  const length = Math.min(6, secret.length);
  for (let start = 0; start + length <= secret.length; start++) {
    if (message.includes(secret.slice(start, start + length))) return true;
  }
  return false;
}

/** A name that nobody declared, with the one that was probably meant. */
export function unknown(name: string, known: readonly string[], what: string): Problem {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}?`;
  return { key: name, rule: 'unknown', message: `${name} is not a known ${what}${hint}` };
}

/** The error that tells all problems of a section. */
export function invalid(section: string, problems: readonly Problem[]): PlatformError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const message = `configuration of ${section} has ${count}: ${problems.map((problem) => problem.message).join('; ')}`;
  const violations = problems.map(({ key, rule, message: text }) => ({ field: key, rule, message: text }));
  return new PlatformError(configReasons.CONFIG_INVALID, message, { violations });
}
