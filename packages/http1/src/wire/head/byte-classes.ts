/** Bytes that may stand in names of methods and headers: `token` of RFC 9110 section 5.6.2. */
export const tokenBytes: Uint8Array = classOf((byte) => /[\w!#$%&'*+.^`|~-]/.test(String.fromCharCode(byte)));

/** Bytes that may stand in a request target: what can be seen of ASCII, without the fragment (RFC 9112 section 3.2). */
export const targetBytes: Uint8Array = classOf((byte) => byte > 0x20 && byte < 0x7f && byte !== 0x23);

function classOf(isMember: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < 0x80 && isMember(byte) ? 1 : 0));
}

/** Whether all bytes from one position to another are of a class. */
export function areAll(
  byteClass: Uint8Array,
  bytes: Uint8Array,
  range: { readonly from: number; readonly to: number },
): boolean {
  for (let at = range.from; at < range.to; at++) if (byteClass[bytes[at] as number] === 0) return false;
  return true;
}
