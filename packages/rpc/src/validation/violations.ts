import { type FieldViolation, kernelReasons, PlatformError } from '@mainstay/kernel';

/**
 * A list of everything that is wrong with a request; the contract's own rules stand in the same list.
 *
 * @example
 * const violations = createViolations();
 * for (const [i, tag] of tags.entries()) if (seen.has(tag)) violations.at('tags', i).add('', 'tags.unique', 'is there twice');
 * violations.throwIfAny();
 */
export interface Violations {
  /**
   * Adds a violation.
   *
   * @param field - path below this list's own, for example `quantity`; empty for the place itself.
   * @param rule - stable key, for example `order.too_many_items`.
   * @param message - one sentence without the rejected value when the field is sensitive.
   */
  add(field: string, rule: string, message: string): void;
  /** The same list, at a place below: `at('items', 2).add('quantity', …)` is `items[2].quantity`. */
  at(...path: readonly (string | number)[]): Violations;
  readonly all: readonly FieldViolation[];
  /** `invalid_argument` / `REQUEST_INVALID` with all of them; undefined when there are none. */
  failure(): PlatformError | undefined;
  /** @throws {@link PlatformError} what `failure` gives, when there are any. */
  throwIfAny(): void;
}

/**
 * A rule that a contract cannot say. It adds to the list and throws nothing for what it finds wrong; a request that
 * breaks its contract comes here too, so fields may be missing.
 */
export type RequestRule<T> = (request: T, violations: Violations) => void;

/** How many fields the sentence of the error names. */
const maxNamed = 5;

/** Makes an empty list. */
export function createViolations(): Violations {
  return listAt('', []);
}

function listAt(prefix: string, all: FieldViolation[]): Violations {
  return {
    all,
    add: (field, rule, message) => void all.push({ field: join(prefix, field), rule, message }),
    at: (...path) => listAt(path.reduce<string>(join, prefix), all),
    failure: () => (all.length === 0 ? undefined : requestInvalid(all)),
    throwIfAny() {
      if (all.length > 0) throw requestInvalid(all);
    },
  };
}

function requestInvalid(violations: readonly FieldViolation[]): PlatformError {
  const fields = violations
    .map(({ field }) => field || 'the request')
    .slice(0, maxNamed)
    .join(', ');
  const more = violations.length > maxNamed ? ` and ${violations.length - maxNamed} more` : '';
  return new PlatformError(kernelReasons.REQUEST_INVALID, `the request is not valid: ${fields}${more}`, {
    violations: [...violations],
  });
}

function join(prefix: string, part: string | number): string {
  if (typeof part === 'number') return `${prefix}[${part}]`;
  if (prefix === '' || part === '') return prefix + part;
  return part.startsWith('[') ? prefix + part : `${prefix}.${part}`;
}
