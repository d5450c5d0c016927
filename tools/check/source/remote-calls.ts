import ts from 'typescript';
import { placeOf, visitAll } from './parse.ts';

/** Functions that call another process whatever they are given. */
const remoteFunctions = new Set(['fetch', 'keyedFetch', 'keyedCall']);

/** Names of variables, parameters and properties that hold a client of another service: of type `Client<…>`, or made by `createClient` or a host's `client`. */
export function findClientNames(source: ts.SourceFile): string[] {
  const names: string[] = [];
  visitAll(source, (node) => {
    if (
      !ts.isPropertySignature(node) &&
      !ts.isPropertyDeclaration(node) &&
      !ts.isParameter(node) &&
      !ts.isVariableDeclaration(node)
    ) {
      return;
    }
    const isClient = isClientType(node.type) || (!ts.isPropertySignature(node) && makesClient(node.initializer));
    if (isClient && ts.isIdentifier(node.name)) names.push(node.name.text);
  });
  return names;
}

function isClientType(type: ts.TypeNode | undefined): boolean {
  return (
    type !== undefined &&
    ts.isTypeReferenceNode(type) &&
    ts.isIdentifier(type.typeName) &&
    type.typeName.text === 'Client'
  );
}

function makesClient(value: ts.Expression | undefined): boolean {
  return value !== undefined && ts.isCallExpression(value) && ['createClient', 'client'].includes(calledName(value));
}

/**
 * Finds calls to other processes in the text of a function that is given to `transaction`: they would keep its connection and locks for as long as the answer takes.
 *
 * Hooks (`afterCommit`, `afterRollback`) run outside. What the function calls in turn is not seen here; it fails when it is run in development.
 *
 * @param clients - names that hold clients, of the whole workspace.
 */
export function findRemoteCallsInTransactions(source: ts.SourceFile, clients: ReadonlySet<string>): string[] {
  const problems = new Set<string>();
  visitAll(source, (node) => {
    if (!ts.isCallExpression(node) || calledName(node) !== 'transaction') return;
    for (const given of node.arguments) {
      if (ts.isArrowFunction(given) || ts.isFunctionExpression(given)) lookInside(given.body);
    }
  });
  return [...problems];

  function lookInside(node: ts.Node): void {
    if (ts.isCallExpression(node)) {
      if (['afterCommit', 'afterRollback'].includes(calledName(node))) return;
      const remote = remoteCallOf(node, clients);
      if (remote !== undefined) {
        problems.add(`${placeOf(node)} calls ${remote} inside a transaction; call it before, or in afterCommit`);
      }
    }
    node.forEachChild(lookInside);
  }
}

function remoteCallOf(call: ts.CallExpression, clients: ReadonlySet<string>): string | undefined {
  const { expression } = call;
  if (ts.isIdentifier(expression)) return remoteFunctions.has(expression.text) ? expression.text : undefined;
  if (!ts.isPropertyAccessExpression(expression)) return undefined;
  const holder = lastName(expression.expression);
  return holder !== undefined && clients.has(holder) ? `${holder}.${expression.name.text}` : undefined;
}

function lastName(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  return ts.isPropertyAccessExpression(node) ? node.name.text : undefined;
}

function calledName({ expression }: ts.CallExpression): string {
  return lastName(expression) ?? '';
}
