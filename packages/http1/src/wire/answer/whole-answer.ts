import type { Outlet } from './outlet.ts';

/** Up to this size content is copied behind its head, so that both leave in one write. */
const copyLimitBytes = 65_536;

/**
 * Puts an answer whose content is known into an outlet.
 *
 * @param start - status line and headers but for those of the tail.
 * @param tail - the last headers and the empty line.
 */
export function addWholeAnswer(
  outlet: Outlet,
  { start, tail }: { readonly start: string; readonly tail: string },
  body: string | Uint8Array,
): void {
  const byteLength = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  const head = `${start}content-length: ${byteLength}\r\n${tail}`;
  if (typeof body === 'string' && byteLength === body.length) {
    outlet.addText(head + body);
  } else if (byteLength > copyLimitBytes) {
    outlet.addText(head);
    outlet.addBytes(typeof body === 'string' ? Buffer.from(body) : body);
  } else {
    const bytes = Buffer.allocUnsafe(head.length + byteLength);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length);
    else bytes.set(body, head.length);
    outlet.addBytes(bytes);
  }
}
