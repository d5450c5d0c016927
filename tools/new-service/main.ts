import { parseArgs } from 'node:util';
import { listWorkspaces } from '../workspaces.ts';
import { createService } from './create-service.ts';
import { deriveNames } from './names.ts';

const usage = `Adds a service to the shop: contract, code, migration, test and its place in the fleet.

  npm run new-service -- reviews

The name is one lower-case English word in the plural. What stands already is never overwritten.`;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean', short: 'h', default: false } },
    allowPositionals: true,
    strict: false,
  });
  const [name] = positionals;
  if (values.help === true || name === undefined || positionals.length > 1) {
    process.stdout.write(`${usage}\n`);
    return values.help === true ? 0 : 2;
  }
  const taken = listWorkspaces().map(({ folder }) => folder.split('/').at(-1) ?? folder);
  const names = deriveNames(name, taken);
  if (typeof names === 'string') {
    process.stderr.write(`${names}\n`);
    return 2;
  }
  const problems = await createService(names, (line) => process.stdout.write(`${line}\n`));
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n`);
    return 1;
  }
  process.stdout.write(`
The service ${name} stands in shop/${name}/, its contract in contracts/proto/${name}/v1/${name}.proto.

  npx vitest run shop/${name}     runs its tests
  npm start                       starts the fleet with it
  curl http://127.0.0.1:8080/v1/${name}/00000000-0000-7000-8000-000000000001

Change the contract, then: npm run generate && npm run check
`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
