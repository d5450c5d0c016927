/** A run of at least 13 digits with single spaces or dashes between them; a UUID is matched whole, so that it can be left alone. */
const uuidOrDigits =
  /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![0-9A-Za-z])\d(?:[ -]?\d){12,}(?![0-9A-Za-z])/gi;
const longestCard = 19;

/** Tells whether digits make a card number: 13 to 19 of them, the first one 2 to 6, Luhn check passed. */
export function isCardNumber(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Replaces the card numbers in a text, also between other numbers; UUIDs and epoch milliseconds stay. */
export function hideCardNumbers(text: string, replacement: string): string {
  return text.replace(uuidOrDigits, (run) =>
    run.length === 36 && run[8] === '-' && run[13] === '-' ? run : hideInRun(run, replacement),
  );
}

/** A card number begins and ends at the ends of digit groups, so `4242 4242 4242 4242 100` is one card and an amount. */
function hideInRun(run: string, replacement: string): string {
  const groups = run.split(/([ -])/);
  let result = '';
  for (let start = 0; start < groups.length; start += 2) {
    const end = cardEnd(groups, start);
    result += end === undefined ? groups[start] : replacement;
    start = end ?? start;
    result += groups[start + 1] ?? '';
  }
  return result;
}

/** Index of the group that ends a card number beginning at this one. */
function cardEnd(groups: readonly string[], start: number): number | undefined {
  let digits = '';
  for (let end = start; end < groups.length && digits.length < longestCard; end += 2) {
    digits += groups[end];
    if (isCardNumber(digits)) return end;
  }
  return undefined;
}
