import { createClient, createRouterTransport } from '@connectrpc/connect';
import { deadlineIn } from '@mainstay/kernel';
import { anonymousIdentity, newTrace, runInContext } from '@mainstay/kernel/context';
import { bindService, createInProcessTransport } from '@mainstay/rpc';
import { ServiceBroker } from 'moleculer';
import { BenchService } from '../../gen/bench/v1/bench_pb.ts';
import type { Subject } from '../../harness/child.ts';
import { measuring } from '../../harness/one-process.ts';
import { echo } from '../../remote/echo.ts';
import { quiet } from '../../remote/mainstay.ts';
import { implementation } from '../../remote/workload.ts';

type Call = () => Promise<unknown>;

const contenders: Readonly<Record<string, () => Promise<Call>>> = {
  async mainstay() {
    const bindings = [bindService(BenchService, implementation(echo))];
    const client = createClient(BenchService, createInProcessTransport({ ...quiet, bindings: () => bindings }));
    return () => client.echo(echo.request);
  },
  async 'connect-router'() {
    const transport = createRouterTransport((router) => router.service(BenchService, implementation(echo)));
    const client = createClient(BenchService, transport);
    return () => client.echo(echo.request);
  },
  async moleculer() {
    const broker = new ServiceBroker({ logger: false, requestTimeout: 60_000 });
    broker.createService({ name: 'bench', actions: { call: ({ params }) => echo.plainAnswer(params as never) } });
    await broker.start();
    return () => broker.call('bench.call', echo.plainRequest as Record<string, unknown>);
  },
  async 'awaited function'() {
    const answer = async (request: object): Promise<unknown> => echo.plainAnswer(request as never);
    return () => answer(echo.plainRequest);
  },
};

/** A process with one contender, which calls as a handler would that has an hour left. */
export async function start(name: string): Promise<Subject> {
  const call = await contenders[name]?.();
  if (call === undefined) throw new Error(`no contender named ${name}`);
  if (!echo.isRight((await call()) as never)) throw new Error('wrong answer');
  const context = { trace: newTrace(), identity: anonymousIdentity, deadline: deadlineIn(3_600_000) };
  const { measure } = measuring({ 'one call at a time': { call } });
  return { measure: (effort: never) => runInContext(context, () => measure?.(effort) as Promise<unknown>) };
}
