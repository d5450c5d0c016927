/** A name or text as source text; nothing in it is read as code. */
export const quoted = (text: string): string => JSON.stringify(text);

/**
 * Whether functions may be made from text here. They may not where Node runs with
 * `--disallow-code-generation-from-strings`, or a page has a policy without `unsafe-eval`.
 */
export const canGenerate: boolean = isAllowed();

/**
 * Makes a function from source text.
 *
 * The text is put together from our own words, from numbers, and from names that went through `quoted`: descriptors
 * may come from a peer, and a name in one must never be read as code.
 *
 * @param source - statements that end with the `return` of a function.
 */
export function generate<Made>(source: string): Made {
  // oxlint-disable-next-line typescript/no-implied-eval, eslint/no-new-func -- the purpose of this file
  return new Function(`"use strict";\n${source}`)() as Made;
}

function isAllowed(): boolean {
  try {
    return generate<boolean>('return true;');
  } catch {
    return false;
  }
}
