import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Fleet, type FleetEvent, type StartFleetOptions, startFleet } from '../src/index.ts';
import { processStart } from '../src/process-identity.ts';

const entry = fileURLToPath(new URL('./fixtures/process.ts', import.meta.url));

/** One process of a fixture fleet. */
export interface FixtureProcess {
  readonly name: string;
  readonly kind?: string;
  readonly lines?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A project directory with a fleet of fixture processes; removed at the end. */
export interface FixtureProject extends AsyncDisposable {
  readonly root: string;
  readonly dataDir: string;
  /** What the processes noted so far, as `name what`. */
  journal(): Promise<string[]>;
  write(processes: readonly FixtureProcess[], top?: readonly string[]): Promise<void>;
}

export async function fixtureProject(): Promise<FixtureProject> {
  const root = await mkdtemp(join(tmpdir(), 'fleet-'));
  const journal = join(root, 'journal');
  return {
    root,
    dataDir: join(root, 'data'),
    journal: async () => (existsSync(journal) ? (await readFile(journal, 'utf8')).trim().split('\n') : []),
    async write(processes, top = []) {
      const lines = processes.flatMap(({ name, kind = 'service', lines: more = [], env = {} }) => [
        `  - name: ${name}`,
        `    kind: ${kind}`,
        `    entry: ${entry}`,
        ...more.map((line) => `    ${line}`),
        '    environment:',
        `      FIXTURE_NAME: ${name}`,
        `      FIXTURE_JOURNAL: ${journal}`,
        ...Object.entries(env).map(([key, value]) => `      ${key}: ${JSON.stringify(value)}`),
      ]);
      await writeFile(join(root, 'fleet.yaml'), ['name: fixture', ...top, 'processes:', ...lines, ''].join('\n'));
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A started fixture fleet with what it told. */
export interface StartedFixture extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly events: FleetEvent[];
  url(component: string): Promise<string>;
  pid(component: string): Promise<number>;
}

export async function startFixture(
  project: FixtureProject,
  options: Partial<StartFleetOptions> = {},
): Promise<StartedFixture> {
  const events: FleetEvent[] = [];
  const onEvent = (event: FleetEvent): void => void events.push(event);
  const fleet = await startFleet({ root: project.root, dataDir: project.dataDir, onEvent, ...options });
  const row = async (name: string) => (await fleet.status()).components.find((component) => component.name === name);
  return {
    fleet,
    events,
    url: async (name) => (await row(name))?.address ?? '',
    pid: async (name) => (await row(name))?.pid ?? 0,
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

export function isAlive(pid: number): boolean {
  return processStart(pid) !== undefined;
}
