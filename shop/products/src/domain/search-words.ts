const maxWords = 8;

/** What is searched for; one of both may be empty. */
export interface TextQuery {
  /** Words of a language as a PostgreSQL text query, for example `espresso:* & cup:*`. */
  readonly words: string;
  /** Numbers and codes as lexemes that no parser looks at, for example `'12e4':* | '-12e4':*`. */
  readonly codes: string;
}

/**
 * Turns what a person typed into a query that finds all words, each also as a beginning.
 *
 * Only letters and digits survive, and points between digits, so nothing typed can be an operator. PostgreSQL takes `-1234` behind a hyphen for a negative
 * number and `12e4` for a power of ten; so what has a digit is looked for as it stands, and behind a minus.
 *
 * @returns undefined when no word is left.
 */
export function textQuery(typed: string): TextQuery | undefined {
  const found =
    typed
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{N}+(?:\.\p{N}+)+|[\p{L}\p{N}]+/gu)
      ?.slice(0, maxWords) ?? [];
  if (found.length === 0) return undefined;
  const isCode = (word: string): boolean => /\p{N}/u.test(word);
  return {
    words: found
      .filter((word) => !isCode(word))
      .map((word) => `${word}:*`)
      .join(' & '),
    codes: found
      .filter(isCode)
      .map((word) => `('${word}':* | '-${word}':*)`)
      .join(' & '),
  };
}
