/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

/**
 * Builds HTML; every string put into it is escaped, also inside quoted attributes.
 *
 * @example
 * html`<p title="${title}">${text}</p>`;
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? '';
  for (const [index, part] of parts.entries()) text += render(part) + (strings[index + 1] ?? '');
  return { html: text };
}

function render(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escape(String(part));
  return 'html' in part ? part.html : part.map((item) => item.html).join('');
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);
}

/** Text of a contract comment: paragraphs, lines of a list, and `code`. */
export function prose(text: string): Html {
  const paragraphs = text.split(/\n{2,}|\n(?=- |[A-Z][a-z]+:)/).filter((part) => part.trim() !== '');
  return { html: paragraphs.map((paragraph) => `<p>${inline(paragraph)}</p>`).join('') };
}

/** One line of a comment, with `code` marked. */
export function inlineProse(text: string): Html {
  return { html: inline(text) };
}

function inline(text: string): string {
  return escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
