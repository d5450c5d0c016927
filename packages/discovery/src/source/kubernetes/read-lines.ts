import { PlatformError } from '@mainstay/kernel';
import { discoveryReasons } from '../../errors.ts';

/** An object of etcd is at most 1.5 MB; whoever sends more than this sends no lines. */
const maxLineBytes = 8 * 1024 * 1024;

/** Splits a stream of bytes at line feeds, whatever the chunks; empty lines are left out. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...rest, chunk.subarray(from, at)])
        .toString('utf8')
        .trim();
      rest = [];
      restBytes = 0;
      from = at + 1;
      if (line !== '') yield line;
    }
    if (from === chunk.length) continue;
    rest.push(chunk.subarray(from));
    restBytes += chunk.length - from;
    if (restBytes > maxLineBytes) {
      throw new PlatformError(discoveryReasons.KUBERNETES_REFUSED, `a line has more than ${maxLineBytes} bytes`);
    }
  }
  const last = Buffer.concat(rest).toString('utf8').trim();
  if (last !== '') yield last;
}
