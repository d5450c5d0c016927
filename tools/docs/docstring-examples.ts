import { posix } from 'node:path';
import ts from 'typescript';
import { parseFile, placeOf, visitAll } from '../check/source/parse.ts';
import { listWorkspaces, projectFiles } from '../workspaces.ts';
import type { Example } from './examples.ts';

/**
 * The `@example` blocks in the docstrings of packages, each with the imports it needs.
 *
 * What an entry point of the package exports and the example mentions is imported; the rest is left to the reader.
 */
export function docstringExamples(): Example[] {
  return listWorkspaces()
    .filter(({ folder }) => folder.startsWith('packages/'))
    .flatMap(({ folder, manifest }) => {
      const entries = Object.entries(manifest.exports ?? {}).map(([subPath, target]) => ({
        specifier: posix.join(manifest.name, subPath),
        names: exportedNames(posix.join(folder, target)),
      }));
      const files = projectFiles(`${folder}/src/**/*.ts`).filter((path) => !path.endsWith('.test.ts'));
      return files.flatMap((path) => examplesOf(path)).map((example) => withImports(example, entries));
    });
}

interface Entry {
  readonly specifier: string;
  readonly names: readonly string[];
}

function examplesOf(path: string): Example[] {
  const examples: Example[] = [];
  const seen = new Set<ts.Node>();
  visitAll(parseFile(path), (node) => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== 'example' || seen.has(tag)) continue;
      seen.add(tag);
      const code = ts.getTextOfJSDocComment(tag.comment) ?? '';
      examples.push({ place: placeOf(tag), code: code.replaceAll(/^\s*```\w*$/gm, '') });
    }
  });
  return examples;
}

function withImports(example: Example, entries: readonly Entry[]): Example {
  const taken = new Set(declaredNames(example.code));
  const imports = entries.flatMap(({ specifier, names }) => {
    const used = names.filter((name) => !taken.has(name) && new RegExp(`\\b${name}\\b`).test(example.code));
    for (const name of used) taken.add(name);
    return used.length === 0 ? [] : [`import { ${used.join(', ')} } from '${specifier}';`];
  });
  return { ...example, code: [imports.join(' '), example.code].join('\n') };
}

function declaredNames(code: string): string[] {
  return [...code.matchAll(/\b(?:const|let|function|class|type|interface|import)\s+(?:\{([^}]*)\}|(\w+))/g)].flatMap(
    ([, list = '', name = '']) => [...list.split(',').map((part) => part.trim().split(/\s+/).at(-1) ?? ''), name],
  );
}

function exportedNames(entry: string): string[] {
  if (!projectFiles(entry).includes(entry)) return [];
  return parseFile(entry).statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map((element) => element.name.text) : [];
  });
}
