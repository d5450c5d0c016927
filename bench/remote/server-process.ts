import type { Subject } from '../harness/child.ts';
import { loadRemote, loadWorkload, type WorkloadName } from './remotes.ts';
import type { Ports } from './workload.ts';

/** Which contender serves or calls what. */
export interface Side {
  readonly remote: string;
  readonly workload: WorkloadName;
  readonly ports: Ports;
}

/** The process that answers. */
export async function start({ remote, workload, ports }: Side): Promise<Subject> {
  await (await loadRemote(remote)).serve(await loadWorkload(workload), ports);
  return {};
}
