import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateContracts } from './generate/contracts.ts';
import { errorsPage, renderErrorsPage } from './generate/errors-page.ts';
import { collectServices, methodsPage, renderMethodsPage } from './generate/methods-page.ts';
import { collectReasonTables, findReasonProblems } from './generate/reason-tables.ts';
import { generateTestContracts } from './generate/test-contracts.ts';
import { root } from './workspaces.ts';

// `npm run generate`: everything that is committed and made from something else.
const complaint = (await generateContracts()) ?? (await generateTestContracts());
const tables = await collectReasonTables();
const problems = [...(complaint === undefined ? [] : [complaint]), ...findReasonProblems(tables)];

if (problems.length === 0) {
  const page = join(root, errorsPage);
  mkdirSync(dirname(page), { recursive: true });
  writeFileSync(page, renderErrorsPage(tables));
  writeFileSync(join(root, methodsPage), renderMethodsPage(await collectServices()));
  process.stdout.write(`contracts, ${errorsPage} and ${methodsPage} are up to date\n`);
} else {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
}
