import { expect, test } from 'vitest';
import { findUndocumentedExports } from './documented-exports.ts';
import { findBadMigrations } from './migrations.ts';
import { findBadFolderNames } from './names.ts';
import { parseText } from './parse.ts';
import { findPlainErrors } from './plain-errors.ts';
import { findClientNames, findRemoteCallsInTransactions } from './remote-calls.ts';
import { findUnfinished } from './unfinished.ts';

test('plain errors are found, made with new or without, and nowhere else', () => {
  const source = parseText(
    'src/a.ts',
    `// new Error('in a comment')
const text = "new Error('in a string')";
throw new Error('one');
throw TypeError('two');
throw new PlatformError(reasons.X, 'fine', { cause: error });
if (value instanceof Error) log(value);`,
  );

  const found = findPlainErrors(source);

  expect(found).toHaveLength(2);
  expect(found[0]).toMatch(/^src\/a\.ts:3 makes a plain Error/);
  expect(found[1]).toMatch(/^src\/a\.ts:4 makes a plain TypeError/);
});

test('calls to other processes are found inside transactions, by the name of the client or of the function, and not in hooks', () => {
  const source = parseText(
    'src/a.ts',
    `interface Deps { readonly users: Client<typeof UsersService>; readonly table: Table }
const products = context.client(ProductsService);
await users.validate({});
await database.transaction({ name: 'x' }, async (tx) => {
  await deps.users.validate({});
  await products.reserve({});
  await deps.table.insert(tx);
  tx.afterCommit(() => products.tell({}));
  if (late) await fetch(url);
});
await database.transaction(place);`,
  );

  expect(findClientNames(source)).toEqual(['users', 'products']);
  expect(findRemoteCallsInTransactions(source, new Set(findClientNames(source)))).toEqual([
    'src/a.ts:5 calls users.validate inside a transaction; call it before, or in afterCommit',
    'src/a.ts:6 calls products.reserve inside a transaction; call it before, or in afterCommit',
    'src/a.ts:9 calls fetch inside a transaction; call it before, or in afterCommit',
  ]);
});

test('promises of work are found in comments only', () => {
  const word = ['TO', 'DO'].join('');
  const source = parseText('a.ts', `const name = '${word}';\n/* ${word} later */\n// notes on ${word}s and todo lists`);

  expect(findUnfinished(source)).toEqual([`a.ts:2 has a ${word}; do it, or write an issue`]);
});

const tree = {
  'p/src/index.ts': `export { documented, bare, type Shape, renamed as other } from './a.ts';
export { far } from './b.ts';
export { Outside } from '@mainstay/kernel';
export const direct = 1;
/** Fine. */
export const told = 1;`,
  'p/src/a.ts': `/** Does. */
export function documented(): void {}
export function bare(): void {}
export interface Shape { a: 1 }
/** Is renamed. */
export const renamed = 1;`,
  'p/src/b.ts': `export { far } from './deep/c.ts';`,
  'p/src/deep/c.ts': `export class far {}`,
};

test('public names without a docstring are found at their declaration, through re-exports', () => {
  const read = (path: string) => parseText(path, tree[path as keyof typeof tree]);

  expect(findUndocumentedExports('p/src/index.ts', read)).toEqual([
    'p/src/a.ts:3 declares bare, which is public, without a docstring',
    'p/src/a.ts:4 declares Shape, which is public, without a docstring',
    'p/src/deep/c.ts:1 declares far, which is public, without a docstring',
    'p/src/index.ts:4 exports direct without a docstring',
  ]);
});

test('a list of exports that is not made by hand is refused', () => {
  const read = () => parseText('p/src/index.ts', `export * from './a.ts';`);

  expect(findUndocumentedExports('p/src/index.ts', read)).toEqual([
    'p/src/index.ts:1 exports everything of a module; list the names by hand',
  ]);
});

test('drawers and names that are not kebab-case are found once each', () => {
  expect(findBadFolderNames(['a/utils/x.ts', 'a/utils/y.ts', 'a/goodName/x.ts', 'a/circuit-breaker/x.ts'])).toEqual([
    'a/goodName/ is not in kebab-case',
    'a/utils/ is a drawer; name the folder after what its files do',
  ]);
});

test('a migration has a header that says whether it is compatible, and the next number of its folder', () => {
  const good = { path: 'm/0001-create-orders.sql', text: '-- compatible\ncreate table orders ();' };

  expect(findBadMigrations([good, { path: 'm/0002-drop-x.sql', text: '-- breaking\n' }])).toEqual([]);
  expect(findBadMigrations([good, { path: 'm/0003-b.sql', text: 'create table b ();' }])).toEqual([
    'm/0003-b.sql should have number 0002',
    'm/0003-b.sql must begin with "-- compatible" or "-- breaking", it begins with "create table b ();"',
  ]);
  expect(findBadMigrations([{ path: 'm/create.sql', text: '-- compatible' }])).toEqual([
    'm/create.sql is not named NNNN-what-it-does.sql',
  ]);
});
