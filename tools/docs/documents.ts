import { projectFiles, readProjectFile } from '../workspaces.ts';

/** A document of the project. */
export interface Document {
  /** Path from the root. */
  readonly path: string;
  readonly text: string;
}

/** Every document that readers find: at the root, in docs/, and the README of each workspace. */
export function listDocuments(): Document[] {
  const paths = projectFiles('*.md', 'docs/**/*.md', 'contracts/README.md', '{packages,platform,shop}/*/*.md');
  return paths.map((path) => ({ path, text: readProjectFile(path) }));
}

/** A fenced block of code. */
export interface CodeBlock {
  /** Word after the fence, for example `ts`; empty when there is none. */
  readonly language: string;
  readonly code: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
}

/** The fenced blocks of a document, in order. */
export function codeBlocks(text: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```(\S*)/.exec(line);
    if (fence === null) open?.lines.push(line);
    else if (open === undefined) open = { language: fence[1] ?? '', line: index + 1, lines: [] };
    else {
      blocks.push({ language: open.language, code: open.lines.join('\n'), line: open.line });
      open = undefined;
    }
  }
  return blocks;
}

/** The text with fenced blocks emptied, so that line numbers stay. */
export function withoutCodeBlocks(text: string): string {
  let inside = false;
  return text
    .split('\n')
    .map((line) => {
      const isFence = /^\s*```/.test(line);
      if (isFence) inside = !inside;
      return isFence || inside ? '' : line;
    })
    .join('\n');
}
