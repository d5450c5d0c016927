const maxLength = 80;

/**
 * Shows a rejected value in an error: JSON, cut at 80 characters, a secret as `***`, the password inside an address masked.
 */
export function showValue(value: unknown, secret: boolean): string {
  if (secret) return '***';
  const json =
    JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? String(value);
  const masked = json.replace(/:\/\/[^/@\s"]*@/g, '://***@');
  return masked.length > maxLength ? `${masked.slice(0, maxLength)}… (${masked.length} characters)` : masked;
}
