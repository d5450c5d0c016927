import { posix } from 'node:path';
import ts from 'typescript';
import { placeOf } from './parse.ts';

/** How the check reads files, so that a test can give it some. */
export type ReadTree = (path: string) => ts.SourceFile;

/**
 * Finds names of a public entry point whose declaration has no docstring, and lists that are not made by hand.
 *
 * Follows re-exports of the same package to the declaration; names of other packages are documented there.
 */
export function findUndocumentedExports(entry: string, read: ReadTree): string[] {
  const problems: string[] = [];
  for (const statement of read(entry).statements) {
    if (ts.isExportDeclaration(statement)) problems.push(...checkExportList(statement, read));
    else if (isExported(statement) && !isDocumented(statement)) {
      problems.push(`${placeOf(statement)} exports ${namesOf(statement).join(', ')} without a docstring`);
    }
  }
  return problems;
}

function checkExportList(statement: ts.ExportDeclaration, read: ReadTree): string[] {
  const clause = statement.exportClause;
  if (clause === undefined) return [`${placeOf(statement)} exports everything of a module; list the names by hand`];
  if (!ts.isNamedExports(clause)) return [];
  const from = statement.moduleSpecifier;
  const file = statement.getSourceFile();
  return clause.elements.flatMap((element) => {
    const name = (element.propertyName ?? element.name).text;
    const found =
      from !== undefined && ts.isStringLiteral(from)
        ? findDeclaration(posix.join(posix.dirname(file.fileName), from.text), from.text, { name, read })
        : findLocal(file, { name, read });
    if (found === 'elsewhere' || (found !== undefined && isDocumented(found))) return [];
    if (found === undefined) return [`${placeOf(element)} exports ${name}, whose declaration was not found`];
    return [`${placeOf(found)} declares ${name}, which is public, without a docstring`];
  });
}

interface Wanted {
  readonly name: string;
  readonly read: ReadTree;
}

type Found = ts.Statement | 'elsewhere' | undefined;

function findDeclaration(path: string, specifier: string, wanted: Wanted): Found {
  return specifier.startsWith('.') ? findLocal(wanted.read(path), wanted) : 'elsewhere';
}

function findLocal(file: ts.SourceFile, wanted: Wanted): Found {
  const declared = file.statements.filter((statement) => namesOf(statement).includes(wanted.name));
  // Overloads and merged declarations: one docstring is enough.
  const documented = declared.find((statement) => isDocumented(statement));
  if (declared.length > 0) return documented ?? declared[0];
  for (const statement of file.statements) {
    const specifier = importedFrom(statement, wanted.name);
    if (specifier !== undefined) {
      const path = posix.join(posix.dirname(file.fileName), specifier.module);
      return findDeclaration(path, specifier.module, { ...wanted, name: specifier.name });
    }
  }
  return undefined;
}

function importedFrom(statement: ts.Statement, name: string): { module: string; name: string } | undefined {
  const bindings = ts.isImportDeclaration(statement)
    ? statement.importClause?.namedBindings
    : ts.isExportDeclaration(statement)
      ? statement.exportClause
      : undefined;
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return undefined;
  const from = (statement as ts.ImportDeclaration | ts.ExportDeclaration).moduleSpecifier;
  if (from === undefined || !ts.isStringLiteral(from)) return undefined;
  for (const element of bindings.elements) {
    if (element.name.text === name) return { module: from.text, name: (element.propertyName ?? element.name).text };
  }
  return undefined;
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement);
  return isNamed && statement.name !== undefined ? [statement.name.text] : [];
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function isDocumented(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).length > 0;
}
