import type { JWTPayload } from 'jose';

/** The value of a claim by its name, or by its path where claims are nested: `realm_access.roles`. */
export function claimAt(payload: JWTPayload, path: string): unknown {
  // Names with dots, such as https://shop.example/roles, are whole names first.
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The texts of a claim: of a list, or parted by spaces as in `scope`. */
export function textsAt(payload: JWTPayload, path: string): readonly string[] {
  const value = claimAt(payload, path);
  if (typeof value === 'string') return value.split(' ').filter((part) => part !== '');
  return Array.isArray(value) ? value.filter((part): part is string => typeof part === 'string') : [];
}
