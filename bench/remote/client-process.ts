import type { Subject } from '../harness/child.ts';
import { closedLoop } from '../harness/closed-loop.ts';
import { loadRemote, loadWorkload } from './remotes.ts';
import type { Side } from './server-process.ts';

/** The process that asks; it makes one call first and looks at the answer. */
export async function start({ remote, workload: name, ports }: Side): Promise<Subject> {
  const workload = await loadWorkload(name);
  const call = await (await loadRemote(remote)).connect(workload, ports);
  const answer = await call();
  if (!workload.isRight(answer as never)) throw new Error(`wrong answer: ${String(answer)}`);
  return { load: (options: { runMs: number; inFlight: number }) => closedLoop(call, options) };
}
