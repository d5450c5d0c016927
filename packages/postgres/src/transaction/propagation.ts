import { PlatformError } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';

/**
 * What a transaction does about one of the same database that is open around it.
 *
 * `required` joins it, or begins one; `requires_new` begins one of its own, on a second connection; `mandatory` joins it, and fails without;
 * `never` fails with one, and runs without; `nested` is a savepoint in it, or begins one.
 */
export type Propagation = 'required' | 'requires_new' | 'mandatory' | 'never' | 'nested';

/** What is to be done. */
export type PropagationStep = 'begin' | 'join' | 'savepoint' | 'plain' | 'refuse';

const steps: Readonly<Record<Propagation, { readonly open: PropagationStep; readonly none: PropagationStep }>> = {
  required: { open: 'join', none: 'begin' },
  requires_new: { open: 'begin', none: 'begin' },
  mandatory: { open: 'join', none: 'refuse' },
  never: { open: 'refuse', none: 'plain' },
  nested: { open: 'savepoint', none: 'begin' },
};

/** Decides by the table; `isOpen`: is a transaction of the same database open around? */
export function decidePropagation(propagation: Propagation, isOpen: boolean): PropagationStep {
  return steps[propagation][isOpen ? 'open' : 'none'];
}

/** The error of `mandatory` without and of `never` with an open transaction. */
export function propagationRefused(name: string, outer: string | undefined): PlatformError {
  const why =
    outer === undefined
      ? 'has to run inside a transaction, and none is open'
      : `must not run inside transaction ${outer}`;
  return new PlatformError(reasons.DATABASE_PROPAGATION_REFUSED, `${name} ${why}`);
}
