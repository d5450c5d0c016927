/** A name or address, and a port: what of RFC 3986 can be sent as `Host`, with no comma. */
const shape = /^(\[[0-9A-Fa-f:.]+\]|[\w.~%!$&'()*+;=-]*)(:\d{0,5})?$/;

/** Whether a `Host` header names one host. */
export function isHost(text: string): boolean {
  return shape.test(text);
}
