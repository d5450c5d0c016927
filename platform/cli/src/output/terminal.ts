import { styleText } from 'node:util';

/** Words for the colours we use, so that one meaning has one look everywhere. */
const styles = {
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  faint: 'dim',
  strong: 'bold',
  accent: 'cyan',
} as const;

/** Meaning of a coloured text. */
export type Style = keyof typeof styles;

/** Where a command writes: lines for people and programs, and whether it is a terminal. */
export interface Terminal {
  readonly isTty: boolean;
  write(text: string): void;
  line(text?: string): void;
  paint(style: Style, text: string): string;
}

/** A terminal over a stream; colours only for terminals that want them (`NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`). */
export function createTerminal(stream: NodeJS.WriteStream): Terminal {
  return {
    isTty: stream.isTTY === true,
    write: (text) => void stream.write(text),
    line: (text = '') => void stream.write(`${text}\n`),
    paint: (style, text) => styleText(styles[style], text, { stream }),
  };
}
