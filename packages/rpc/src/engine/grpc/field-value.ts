/** Tells whether a text may be the value of a field: no NUL, CR or LF, no space at either end, Latin-1. */
export function isFieldValue(value: string): boolean {
  const { length } = value;
  if (length === 0) return true;
  for (let i = 0; i < length; i++) {
    const character = value.charCodeAt(i);
    if (character <= 13 && (character === 13 || character === 10 || character === 0)) return false;
    if (character > 255) return false;
  }
  return !(isSpace(value.charCodeAt(0)) || isSpace(value.charCodeAt(length - 1)));
}

function isSpace(character: number): boolean {
  return character === 32 || character === 9;
}
