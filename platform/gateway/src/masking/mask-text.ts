/** Longest text that can be an e-mail address. */
const maxEmailLength = 254;
const email = /^([^@\s]+)@([^@\s]+)(\.[^@\s.]+)$/u;

/** Shows that there is a text, and nothing of it; an empty one stays empty. */
export function cover(text: string): string {
  return text === '' ? '' : '***';
}

/** Masks a text: of an e-mail address so much stays that its owner knows it again (`j***@e***.com`), else nothing. */
export function maskText(text: string): string {
  const [, name, domain, end] = text.length > maxEmailLength ? [] : (email.exec(text) ?? []);
  if (name === undefined || domain === undefined || end === undefined) return cover(text);
  return `${firstOf(name)}***@${firstOf(domain)}***${end}`;
}

/** The first character of a part that has enough others to hide behind. */
function firstOf(part: string): string {
  const [first = '', ...others] = part;
  return others.length < 2 ? '' : first;
}
