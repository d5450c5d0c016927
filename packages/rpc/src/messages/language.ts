/** More than anybody speaks; the rest of a longer header is not read. */
const maxRanges = 10;
const maxLength = 500;

/**
 * Chooses the language of an answer: of those that are wanted the first that there is.
 *
 * `de-CH` is answered with `de` when there is no `de-CH`; `*` and whatever cannot be read are answered with the first.
 *
 * @param wanted - an `Accept-Language` header.
 * @param available - BCP 47 tags, the default first; never empty.
 * @see RFC 9110 section 12.5.4, RFC 4647 section 3.4 ("lookup")
 */
export function chooseLanguage(wanted: string, available: readonly string[]): string {
  for (const range of rangesOf(wanted)) {
    for (let tag = range; tag !== ''; tag = tag.slice(0, Math.max(0, tag.lastIndexOf('-')))) {
      const found = available.find((candidate) => candidate.toLowerCase() === tag);
      if (found !== undefined) return found;
    }
  }
  return available[0] ?? 'en';
}

/** Language ranges in lower case, the most wanted first; those with weight 0 are left out. */
function rangesOf(header: string): string[] {
  return header
    .slice(0, maxLength)
    .toLowerCase()
    .split(',')
    .slice(0, maxRanges)
    .map((part) => /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$/.exec(part))
    .filter((match) => match !== null)
    .map(([, tag = '', weight = '1']) => ({ tag, weight: Number(weight) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}
