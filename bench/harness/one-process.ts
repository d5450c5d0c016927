import { openChild, type Subject } from './child.ts';
import { nanosecondsPerCall, nanosecondsPerSyncCall } from './closed-loop.ts';
import type { Contender, Effort, Figures } from './suite.ts';

/** One thing to call again and again; a function that answers at once is measured without `await`. */
export interface Measured {
  readonly call: (n: number) => unknown;
  readonly isSync?: boolean;
}

/** Measures what `start` of a module gives in a fresh process: nanoseconds per call, and CPU of the process. */
export async function measureInProcess(
  module: URL,
  { name }: Contender,
  effort: Effort,
): Promise<Readonly<Record<string, Figures>>> {
  await using child = await openChild(module, name);
  return await child.call('measure', effort);
}

/** The subject of a process that measures cases by name. */
export function measuring(cases: Readonly<Record<string, Measured>>): Subject {
  const measure = async (effort: Effort): Promise<Record<string, Figures>> => {
    const results: Record<string, Figures> = {};
    for (const [name, { call, isSync }] of Object.entries(cases)) {
      const length = { runMs: effort.runMs / 2, warmUpMs: effort.warmUpMs / 2 };
      const nanoseconds = isSync ? await nanosecondsPerSyncCall(call, length) : await nanosecondsPerCall(call, length);
      results[name] = { nanoseconds };
    }
    return results;
  };
  return { measure };
}
