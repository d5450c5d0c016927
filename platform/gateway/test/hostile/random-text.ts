import type { Random } from '@mainstay/testing';

const oddTexts = [
  '',
  '\u0000',
  '\ud800',
  '\u202e',
  '../../etc/passwd',
  "' or 1=1 --",
  '{{7*7}}',
  '<script>',
  '%00',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '-0',
  '\r\nset-cookie: a=b',
  '😀',
  'é',
];

const oddNumbers = [
  '0',
  '-0',
  '1e400',
  '-1e400',
  '9223372036854775808',
  '-9223372036854775809',
  '18446744073709551616',
  '0.1e-400',
  '1.5',
  '01',
  '+1',
  '0x10',
  '1_000',
  '"9223372036854775807"',
  '9'.repeat(400),
  `0.${'3'.repeat(400)}`,
  `1e${'9'.repeat(300)}`,
];

const fieldNames = [
  'text',
  'small',
  'big',
  'unsigned_small',
  'unsignedBig',
  'ratio',
  'flag',
  'raw',
  'colour',
  'inner',
  'numbers',
  'counts',
  'at',
  'anything',
  'email',
  'name',
  'password',
  '__proto__',
  'toString',
  'nothing',
];

/** A text that programs have tripped over, or one of random letters. */
export function oddText(random: Random): string {
  if (random.oneIn(2)) return random.pick(oddTexts);
  return String.fromCodePoint(...Array.from({ length: random.below(20) }, () => 1 + random.below(0xd7fe)));
}

/** A JSON value in text, well formed unless a number or text of it is not. */
export function oddJson(random: Random, depth = 0): string {
  const kind = random.below(depth > 3 ? 5 : 8);
  switch (kind) {
    case 0:
      return random.pick(['null', 'true', 'false', 'nul', 'undefined']);
    case 1:
    case 2:
      return random.pick(oddNumbers);
    case 3:
    case 4:
      return JSON.stringify(oddText(random));
    case 5:
      return `[${Array.from({ length: random.below(4) }, () => oddJson(random, depth + 1)).join(',')}]`;
    default:
      return `{${Array.from(
        { length: random.below(5) },
        () => `${JSON.stringify(random.pick(fieldNames))}:${oddJson(random, depth + 1)}`,
      ).join(',')}}`;
  }
}

/** A value nested so deep that a reader which calls itself falls over. */
export function deepJson(random: Random): string {
  const levels = random.pick([31, 33, 200, 3_000]);
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"inner":', '}'],
    ['{"inner":{"again":', '}}'],
  ] as const);
  return `${open.repeat(levels)}1${random.oneIn(3) ? '' : close.repeat(levels)}`;
}
