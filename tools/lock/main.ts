import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { readProjectFile, root } from '../workspaces.ts';
import { entryFromName, findMissingOptionals, type LockEntry, type LockFile } from './lock-file.ts';

// `npm run lock`: package-lock.json as every package.json wants it, complete for every system.
const npm = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
const { exitCode, output } = await runCommand('npm', npm);
const lock = JSON.parse(readProjectFile('package-lock.json')) as LockFile;
const added: Record<string, LockEntry> = {};
const unclear: string[] = [];

for (const missing of findMissingOptionals(lock)) {
  const entry = entryFromName(missing, lock.packages[missing.askedBy]?.dev === true);
  if (entry === undefined) unclear.push(`${missing.name} ${missing.version} of ${missing.askedBy}`);
  else added[`node_modules/${missing.name}`] = entry;
}

const entries = Object.entries({ ...lock.packages, ...added }).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
writeFileSync(
  join(root, 'package-lock.json'),
  `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, undefined, 2)}\n`,
);

if (exitCode !== 0) process.stderr.write(output);
if (unclear.length > 0) process.stderr.write(`not completed, the name tells no system: ${unclear.join(', ')}\n`);
process.stdout.write(`package-lock.json is complete; ${Object.keys(added).length} entries for other systems added\n`);
process.exitCode = exitCode !== 0 || unclear.length > 0 ? 1 : 0;
