import { optionError } from '@mainstay/kernel';

/** Refuses what is not a plain name of a table or column, because names cannot be parameters of a statement. */
export function requireSqlName(option: string, name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(name)) {
    throw optionError(option, 'lower-case letters, digits and _, with a schema and a dot in front at most', name);
  }
  return name;
}
