import { runCommand } from '../../run-command.ts';
import { projectFiles } from '../../workspaces.ts';
import { folderCircles, type ImportingModule } from '../folder-circles.ts';
import type { Group } from '../group.ts';

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
  readonly cycle?: readonly { readonly name: string }[];
}

interface CruiseReport {
  readonly modules: readonly ImportingModule[];
  readonly summary: {
    readonly violations: readonly Violation[];
  };
}

/**
 * Direction of imports. dependency-cruiser reports success when it understood no file at all, so every source file of
 * the tree must be among the modules it says it saw.
 */
export const layersGroup: Group = {
  name: 'layers',
  about: 'imports point down and only at public entry points, no cycles, of folders neither (dependency-cruiser)',
  isTest: false,
  async run() {
    const areas = ['contracts', 'packages', 'platform', 'shop', 'tools'];
    const { output } = await runCommand('depcruise', ['--output-type', 'json', ...areas], { stdoutOnly: true });
    const report = parseReport(output);
    if (report === undefined) return { ok: false, output: `dependency-cruiser gave no report:\n${output}` };
    const seen = new Set(report.modules.map((module) => module.source));
    const unseen = projectFiles(...areas.map((area) => `${area}/**/*.ts`)).filter((path) => !seen.has(path));
    const problems = [
      ...report.summary.violations.map(renderViolation),
      ...folderCircles(report.modules).map((step) => `folders in a circle: ${step}`),
      ...unseen.map((path) => `not seen by dependency-cruiser, so not checked: ${path}`),
    ];
    return { ok: problems.length === 0, output: problems.join('\n') };
  },
};

function renderViolation({ rule, from, to, cycle }: Violation): string {
  const path = cycle === undefined ? to : cycle.map((module) => module.name).join(' -> ');
  return `${rule.name}: ${from} -> ${path}`;
}

function parseReport(text: string): CruiseReport | undefined {
  try {
    return JSON.parse(text) as CruiseReport;
  } catch {
    // The caller shows the text itself, which says more than the parser's complaint.
    return undefined;
  }
}
