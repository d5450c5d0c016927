import { runCommand } from '../../run-command.ts';
import type { Group } from '../group.ts';
import { checkSources } from '../source/check-sources.ts';

/** Type-aware lint, then the rules of the house that oxlint does not know. */
export const lintGroup: Group = {
  name: 'lint',
  about: 'type-aware lint (oxlint), and our own rules on sources and migrations',
  isTest: false,
  async run() {
    const { exitCode, output } = await runCommand('oxlint', ['--type-aware', '--format=unix']);
    const warnings = output.split('\n').filter((line) => line.includes('[Warning'));
    const problems = checkSources();
    return {
      ok: exitCode === 0 && problems.length === 0,
      output: [exitCode === 0 ? '' : output.trim(), ...problems].filter((part) => part !== '').join('\n'),
      notes: warnings,
    };
  },
};
