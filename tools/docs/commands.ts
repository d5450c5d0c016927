import type { Document } from './documents.ts';

/** Finds `npm run x`, `npm start` and `npm test` in a document that package.json does not know; `path:line what`. */
export function findUnknownCommands(document: Document, scripts: ReadonlySet<string>): string[] {
  return document.text.split('\n').flatMap((line, index) => {
    const named = [...line.matchAll(/\bnpm (?:(run) ([a-z][\w:-]*)|([a-z][\w-]*))/g)].flatMap(
      ([, run, script, own]) => {
        if (run !== undefined && script !== undefined) return [script];
        return own === 'start' || own === 'test' ? [own] : [];
      },
    );
    const unknown = named.filter((script) => !scripts.has(script));
    return unknown.map((script) => `${document.path}:${index + 1} runs the script ${script}, which does not exist`);
  });
}
