import ts from 'typescript';

const marker = /\b(TODO|FIXME|XXX|HACK)\b/;

/** Finds comments that promise work instead of doing it. */
export function findUnfinished(source: ts.SourceFile): string[] {
  const problems: string[] = [];
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, source.text);
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    const isComment = kind === ts.SyntaxKind.SingleLineCommentTrivia || kind === ts.SyntaxKind.MultiLineCommentTrivia;
    const found = isComment ? marker.exec(scanner.getTokenText()) : null;
    if (found === null) continue;
    const line = source.getLineAndCharacterOfPosition(scanner.getTokenStart()).line + 1;
    problems.push(`${source.fileName}:${line} has a ${found[1]}; do it, or write an issue`);
  }
  return problems;
}
