/**
 * Readings of an environment string, best first: a schema takes the first that it accepts.
 *
 * `true` and `false` are booleans before they are strings (a coercing schema would read `"false"` as true);
 * all else is a string before it is a number, a JSON value or a comma list, so that `0123` stays text where text is wanted.
 */
export function readingsOf(text: string): readonly unknown[] {
  if (text === 'true') return [true, text];
  if (text === 'false') return [false, text];
  if (/^-?\d+(\.\d+)?$/.test(text)) return [text, Number(text), [text]];
  const trimmed = text.trim();
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) {
    const value = parseJson(trimmed);
    if (value !== undefined) return [text, value];
  }
  return [text, text.split(',').map((part) => part.trim())];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema judges the text as it stands, and its message is the one the operator needs.
    return undefined;
  }
}
