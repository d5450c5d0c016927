const maxWords = 8;

/**
 * Turns what a person typed into a PostgreSQL text query that finds all words, each also as a beginning.
 *
 * Only letters and digits survive, so nothing typed can be an operator.
 *
 * @returns for example `espresso:* & cup:*`; undefined when no word is left.
 */
export function textQuery(typed: string): string | undefined {
  const words =
    typed
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length === 0
    ? undefined
    : words
        .slice(0, maxWords)
        .map((word) => `${word}:*`)
        .join(' & ');
}
