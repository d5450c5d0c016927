import { runCommand } from '../../run-command.ts';
import type { Group } from '../group.ts';

/** Layout of the text: Biome's formatter and import order. */
export const formatGroup: Group = {
  name: 'format',
  about: 'layout and import order (Biome); repair with `npm run format`',
  isTest: false,
  async run() {
    const { exitCode, output } = await runCommand('biome', ['ci', '--colors=off', '--max-diagnostics=30', '.']);
    return { ok: exitCode === 0, output };
  },
};

/** Types of the whole tree, without output. */
export const typesGroup: Group = {
  name: 'types',
  about: 'types of the whole tree (TypeScript 7)',
  isTest: false,
  async run() {
    const { exitCode, output } = await runCommand('tsc', ['--noEmit', '-p', 'tsconfig.json']);
    return { ok: exitCode === 0, output };
  },
};

/** Files, exports and dependencies that nothing uses. */
export const unusedGroup: Group = {
  name: 'unused',
  about: 'unused files, exports and dependencies (knip)',
  isTest: false,
  async run() {
    const { exitCode, output } = await runCommand('knip', ['--no-progress', '--no-config-hints']);
    return { ok: exitCode === 0, output };
  },
};
