/**
 * DNS names and IP addresses among the subject alternative names, as `node:crypto` writes them.
 *
 * @returns addresses of IPv6 in the short form in which they are issued.
 */
export function readHosts(text: string | undefined): string[] {
  const found = (text ?? '').matchAll(/(?:^|, )(DNS|IP Address):([^,"]+)/g);
  return Array.from(found, ([, kind, value = '']) => (kind === 'DNS' || !value.includes(':') ? value : shorten(value)));
}

function shorten(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
