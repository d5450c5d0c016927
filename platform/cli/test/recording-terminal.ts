import type { Terminal } from '../src/output/terminal.ts';

/** A terminal that keeps what is written; styles appear as `<style:text>` so that a test can see them. */
export interface RecordingTerminal extends Terminal {
  readonly text: () => string;
}

export function recordingTerminal(
  options: { readonly isTty?: boolean; readonly showStyles?: boolean } = {},
): RecordingTerminal {
  let written = '';
  return {
    isTty: options.isTty ?? false,
    write(text) {
      written += text;
    },
    line(text = '') {
      written += `${text}\n`;
    },
    paint: (style, text) => (options.showStyles === true ? `<${style}:${text}>` : text),
    text: () => written,
  };
}
