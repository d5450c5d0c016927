/**
 * Derives the environment variable of a key: section and key in upper case, everything between words is `_`.
 *
 * @example
 * environmentName('orders', 'saga.step_timeout_ms'); // 'ORDERS_SAGA_STEP_TIMEOUT_MS'
 */
export function environmentName(section: string, key: string): string {
  return `${environmentPrefix(section)}${key.toUpperCase().replaceAll('.', '_')}`;
}

/** What all variables of a section begin with: `card-processor` → `CARD_PROCESSOR_`. */
export function environmentPrefix(section: string): string {
  return `${section.toUpperCase().replaceAll('-', '_')}_`;
}

/**
 * Tells whether a variable is one of those that Kubernetes sets in every pod for a Service of the same name.
 *
 * Without this, a pod of `orders` beside a Service `orders` could not start: `ORDERS_SERVICE_HOST`,
 * `ORDERS_PORT=tcp://…` and their like would be unknown keys.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function isServiceLink(rest: string, value: string): boolean {
  if (rest === 'SERVICE_HOST' || /^SERVICE_PORT(_[A-Z0-9_]+)?$/.test(rest)) return true;
  if (/^PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(rest)) return true;
  return rest === 'PORT' && /^(tcp|udp|sctp):\/\//.test(value);
}
