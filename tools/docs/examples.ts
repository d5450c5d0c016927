import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../run-command.ts';
import { root } from '../workspaces.ts';

/** A piece of code that a reader may copy. */
export interface Example {
  /** Where it stands, as `path:line`. */
  readonly place: string;
  readonly code: string;
}

// A name that the example leaves to the reader is no mistake of it; what it says about our names must be right.
const leftToTheReader = /error TS(2304|2552|2582|18004|7006|7031|7005|7034|2593|2592|2580|2693|6133|1308|2451|2300):/;

/**
 * Checks the types of examples against the sources; names that an example does not declare may be anything.
 *
 * Cost: one run of the type checker for all of them.
 *
 * @returns `place: complaint` for each mistake.
 */
export async function findBrokenExamples(examples: readonly Example[]): Promise<string[]> {
  // Inside the tree, so that imports resolve as they do for a reader.
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'mainstay-examples-'));
  try {
    for (const [index, { code }] of examples.entries()) {
      writeFileSync(join(folder, `example-${index}.ts`), `${code}\nexport {};\n`);
    }
    const compilerOptions = {
      verbatimModuleSyntax: false,
      noEmit: true,
      typeRoots: [join(root, 'node_modules', '@types')],
    };
    const files = examples.map((_, index) => `example-${index}.ts`);
    const config = { extends: join(root, 'tsconfig.base.json'), compilerOptions, files };
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { output } = await runCommand('tsc', ['--pretty', 'false', '-p', join(folder, 'tsconfig.json')]);
    return readComplaints(output, examples);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readComplaints(output: string, examples: readonly Example[]): string[] {
  return output.split('\n').flatMap((line) => {
    const match = /example-(\d+)\.ts\((\d+),\d+\): (error .*)$/.exec(line);
    if (match === null || leftToTheReader.test(line)) return [];
    const [, index, exampleLine, complaint] = match;
    return [`${examples[Number(index)]?.place}, line ${exampleLine} of the example: ${complaint}`];
  });
}
