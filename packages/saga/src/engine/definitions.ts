import { optionError, PlatformError } from '@mainstay/kernel';
import type { SagaRecord } from '../core/record.ts';
import { sagaReasons } from '../errors.ts';
import type { SagaDefinition } from '../saga-options.ts';
import type { ClaimOptions } from '../store/claim.ts';

/** The definitions that an engine was given, by name and version, and the older versions that they take over. */
export class Definitions {
  readonly #byKey = new Map<string, SagaDefinition>();

  constructor(sagas: readonly SagaDefinition[]) {
    for (const saga of sagas) {
      const key = keyOf(saga);
      if (this.#byKey.has(key)) throw optionError('saga.sagas', 'definitions of different name or version', key);
      this.#byKey.set(key, saga);
    }
    for (const { name, steps } of sagas) {
      for (const { saga: child } of steps) {
        if (child === undefined || this.#byKey.has(keyOf(child.definition))) continue;
        throw optionError('saga.sagas', `the definitions that ${name} runs`, `no ${keyOf(child.definition)}`);
      }
    }
    for (const saga of sagas) {
      for (const { from } of saga.migrations ?? []) {
        const key = `${saga.name}@${from}`;
        if (this.#byKey.has(key)) throw optionError('saga.sagas', `no definition that ${keyOf(saga)} takes over`, key);
      }
    }
  }

  /** What the engine can drive, as a claim asks for it. */
  get claimable(): ClaimOptions['definitions'] {
    return [...this.#byKey.values()].flatMap(({ name, version, stages, migrations = [] }) => [
      { name, version, stages },
      ...migrations.map(({ from }) => ({ name, version: from, stages: null })),
    ]);
  }

  /** @throws {@link PlatformError} `SAGA_UNKNOWN` when the engine was not given this definition. */
  require({ name, version }: Pick<SagaDefinition, 'name' | 'version'>): void {
    if (this.#byKey.has(`${name}@${version}`)) return;
    throw new PlatformError(sagaReasons.SAGA_UNKNOWN, `the engine has no saga ${name} of version ${version}`);
  }

  /** The definition that a claimed saga goes on under: its own, or the one that takes over its version. */
  of({ name, version }: Pick<SagaRecord, 'name' | 'version'>): SagaDefinition {
    const own = this.#byKey.get(`${name}@${version}`);
    if (own !== undefined) return own;
    for (const saga of this.#byKey.values()) {
      if (saga.name === name && saga.migrations?.some(({ from }) => from === version)) return saga;
    }
    throw new PlatformError(sagaReasons.SAGA_UNKNOWN, `the engine has no saga ${name} of version ${version}`);
  }
}

function keyOf({ name, version }: Pick<SagaDefinition, 'name' | 'version'>): string {
  return `${name}@${version}`;
}
