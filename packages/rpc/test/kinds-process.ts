// A server in a process of its own, to be killed. Prints its address, then `called` when a call has arrived.
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { bindService, createInternalIdentity, startRpcServer } from '../src/index.ts';
import { KindsService } from './kinds-service.ts';

const called = (): Promise<never> => {
  process.stdout.write('called\n');
  return new Promise(() => undefined);
};
const server = await startRpcServer({
  bindings: [
    bindService(KindsService, {
      unary: called,
      unsafe: called,
      async *serverStream() {
        yield { value: 'one' };
        await called();
      },
    }),
  ],
  identity: createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'killed' }),
  logger: silentLogger,
  meter: silentMeter,
  serving: () => true,
});
process.stdout.write(`${server.address}\n`);
