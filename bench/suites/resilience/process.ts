import type { Subject } from '../../harness/child.ts';
import { measuring } from '../../harness/one-process.ts';
import { policies } from './policies.ts';

/** A process with one policy around the no-op. */
export async function start(name: string): Promise<Subject> {
  const make = policies[name];
  if (make === undefined) throw new Error(`no policy named ${name}`);
  const call = await make();
  if ((await call(41)) !== 42) throw new Error('wrong answer');
  return measuring({ 'one call at a time': { call } });
}
