import { isUuid, optionError } from '@mainstay/kernel';

// Terms: a *participant* is one of the databases; *prepared* is a transaction that can be committed or rolled back by anybody later; the *decision* says which.

/** What the name of a prepared transaction tells. */
export interface PreparedName {
  readonly coordinator: string;
  /** Of the transaction over all participants. */
  readonly id: string;
  readonly participant: string;
}

const nameShape = /^[a-z][a-z0-9-]{0,47}$/;
const prefix = 'mainstay';

/** Refuses what cannot be a part of the name: PostgreSQL takes it as a literal of at most 200 bytes. */
export function requirePartName(option: string, name: string): string {
  if (nameShape.test(name)) return name;
  throw optionError(option, 'lower-case letters, digits and -, first a letter, at most 48', name);
}

/** Makes the name under which a transaction is prepared; safe to be put into a statement. */
export function formatPreparedName({ coordinator, id, participant }: PreparedName): string {
  return `${prefix}:${coordinator}:${id}:${participant}`;
}

/** Reads a name; undefined for one that is not of ours. */
export function parsePreparedName(name: string): PreparedName | undefined {
  const [first, coordinator = '', id = '', participant = '', ...rest] = name.split(':');
  if (first !== prefix || rest.length > 0) return undefined;
  if (!nameShape.test(coordinator) || !nameShape.test(participant) || !isUuid(id)) return undefined;
  return { coordinator, id, participant };
}
