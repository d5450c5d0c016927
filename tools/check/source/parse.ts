import ts from 'typescript';
import { readProjectFile } from '../../workspaces.ts';

const parsed = new Map<string, ts.SourceFile>();

/** The syntax tree of a file of the project, without types; parsed once. */
export function parseFile(path: string): ts.SourceFile {
  const known = parsed.get(path);
  if (known !== undefined) return known;
  const tree = parseText(path, readProjectFile(path));
  parsed.set(path, tree);
  return tree;
}

/** The syntax tree of a text. */
export function parseText(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
}

/** Calls back for every node of a tree. */
export function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => visitAll(child, visit));
}

/** Where a node stands, as `path:line`. */
export function placeOf(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}
