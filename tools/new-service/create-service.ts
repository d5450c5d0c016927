import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../run-command.ts';
import { listWorkspaces, readManifest, root } from '../workspaces.ts';
import { addToFleet } from './fleet-entry.ts';
import type { ServiceNames } from './names.ts';
import { render } from './render.ts';

interface Step {
  /** What is done after it. */
  readonly what: string;
  readonly cwd?: string;
  readonly run: readonly [string, ...string[]];
}

const templates = fileURLToPath(new URL('template/', import.meta.url));

/**
 * Writes the files of a new service, adds it to the fleet and generates what follows from its contract.
 *
 * @param say - told of every step.
 * @returns what went wrong; empty when all is done. Nothing is written when a file is in the way.
 */
export async function createService(names: ServiceNames, say: (line: string) => void): Promise<string[]> {
  const { files, problems } = renderFiles(names);
  const fleet = existsSync(join(root, 'fleet.yaml')) ? readFileSync(join(root, 'fleet.yaml'), 'utf8') : '';
  const newFleet = addToFleet(fleet, names);
  if (newFleet === undefined) problems.push('fleet.yaml has no list of processes');
  if (problems.length > 0 || newFleet === undefined) return problems;

  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    say(`wrote ${path}`);
  }
  writeFileSync(join(root, 'fleet.yaml'), newFleet);
  say('added to fleet.yaml');
  return await finish(names, say);
}

function renderFiles(names: ServiceNames): { files: Map<string, string>; problems: string[] } {
  const values = { names, versions: versionsInUse() };
  const files = new Map<string, string>();
  const problems: string[] = [];
  for (const template of globSync('**/*.tmpl', { cwd: templates }).toSorted()) {
    const path = render(template.replace(/\.tmpl$/, ''), values);
    const content = render(readFileSync(join(templates, template), 'utf8'), values);
    const target = path.text
      .replace(/^service\//, `shop/${names.name}/`)
      .replace(/^contract\//, `contracts/proto/${names.name}/v1/`);
    if (existsSync(join(root, target))) problems.push(`${target} is in the way`);
    problems.push(
      ...[...path.unknown, ...content.unknown].map((key) => `${template} names ${key}, which has no value`),
    );
    files.set(target, content.text);
  }
  return { files, problems };
}

// The versions that the other workspaces ask for, so that one package keeps one version in the tree.
function versionsInUse(): Map<string, string> {
  const manifests = [readManifest('.'), ...listWorkspaces().map(({ manifest }) => manifest)];
  return new Map(
    manifests.flatMap((manifest) => Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })),
  );
}

async function finish({ name }: ServiceNames, say: (line: string) => void): Promise<string[]> {
  const steps: readonly Step[] = [
    { what: 'contract formatted', cwd: 'contracts', run: ['buf', 'format', '-w', 'proto', '--path', `proto/${name}`] },
    { what: 'code and reference pages generated', run: ['node', 'tools/generate.ts'] },
    { what: 'code formatted', run: ['biome', 'check', '--write', `shop/${name}`] },
    { what: 'package-lock.json knows it', run: ['node', 'tools/lock/main.ts'] },
  ];
  for (const { what, cwd, run } of steps) {
    const [command, ...args] = run;
    const { exitCode, output } = await runCommand(command, args, { cwd: cwd ?? '.' });
    if (exitCode !== 0) return [`${run.join(' ')} failed:\n${output.trim()}`];
    say(what);
  }
  return [];
}
