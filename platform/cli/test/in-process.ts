import { Writable } from 'node:stream';
import { isPlatformError } from '@mainstay/kernel';
import { createTerminal } from '../src/output/terminal.ts';
import { runProgram } from '../src/program.ts';
import type { Finished } from './command.ts';

/** Runs a command line as `main.ts` does, without a process of its own: for commands that ask and end. */
export async function runInProcess(args: readonly string[]): Promise<Finished> {
  let stdout = '';
  const written = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      stdout += text;
      done();
    },
  });
  const terminal = createTerminal(written as NodeJS.WriteStream);
  try {
    return { code: await runProgram(args, terminal), stdout, stderr: '' };
  } catch (error) {
    if (!isPlatformError(error) || error.code === 'internal') throw error;
    return { code: 1, stdout, stderr: `mainstay: ${error.rawMessage}\n` };
  }
}
