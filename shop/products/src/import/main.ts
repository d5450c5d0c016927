// Imports products into the database of the service, which has been started on it before.
//
//   PRODUCTS_DATABASE_URL=postgres://… node shop/products/src/import/main.ts FILE [ID]
//
// FILE has a product in JSON on each line, as `POST /v1/products` takes it. ID names the import, default the path: the same command goes on after
// Ctrl-C, which stops behind the batch that runs, and after a kill. Prints progress, then each line that was rejected.
import { loadConfig } from '@mainstay/config';
import { optionError, systemClock } from '@mainstay/kernel';
import { importProblems, openDatabase } from '@mainstay/postgres';
import { importConfig } from '../config.ts';
import { importProducts } from './import-products.ts';

const [, , path, id = path] = process.argv;
if (path === undefined || id === undefined) throw optionError('FILE', 'the path of a file', path);
const env = { PRODUCTS_DATABASE_URL: process.env['PRODUCTS_DATABASE_URL'] };
const config = loadConfig(importConfig, { env });
await using database = await openDatabase({ url: config['database.url'], name: 'products-import' });

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
const { state, lines, imported, rejected } = await importProducts({
  database,
  clock: systemClock,
  id,
  path,
  signal: stop.signal,
  onProgress: (progress) => process.stdout.write(`${progress.lines} lines\n`),
});
process.stdout.write(`${state} at line ${lines}: ${imported} imported, ${rejected} rejected\n`);

const page = 1_000;
for (let afterLine = 0; ; ) {
  const problems = await importProblems(database, id, { afterLine, limit: page });
  for (const { line, field, reason, message } of problems) {
    process.stdout.write(`line ${line}: ${field} ${message} (${reason})\n`);
  }
  if (problems.length < page) break;
  afterLine = problems.at(-1)!.line;
}
