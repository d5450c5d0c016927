import ts from 'typescript';
import { placeOf, visitAll } from './parse.ts';

const plainErrors = new Set([
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'EvalError',
  'URIError',
  'AggregateError',
]);

/** Finds errors of the language made by product code, which throws the platform's error only. */
export function findPlainErrors(source: ts.SourceFile): string[] {
  const problems: string[] = [];
  visitAll(source, (node) => {
    if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return;
    if (!ts.isIdentifier(node.expression) || !plainErrors.has(node.expression.text)) return;
    problems.push(
      `${placeOf(node)} makes a plain ${node.expression.text}; throw a PlatformError with a reason of src/errors.ts`,
    );
  });
  return problems;
}
