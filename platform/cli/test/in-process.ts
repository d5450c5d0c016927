import { isPlatformError } from '@mainstay/kernel';
import { createTerminal } from '../src/output/terminal.ts';
import { runProgram } from '../src/program.ts';
import type { Finished } from './command.ts';

/** Runs a command line as `main.ts` does, without a process of its own: for commands that ask and end. */
export async function runInProcess(args: readonly string[]): Promise<Finished> {
  let stdout = '';
  const write = (text: string): boolean => {
    stdout += text;
    return true;
  };
  const terminal = createTerminal({ isTTY: false, write } as NodeJS.WriteStream);
  try {
    return { code: await runProgram(args, terminal), stdout, stderr: '' };
  } catch (error) {
    if (!isPlatformError(error) || error.code === 'internal') throw error;
    return { code: 1, stdout, stderr: `mainstay: ${error.rawMessage}\n` };
  }
}
