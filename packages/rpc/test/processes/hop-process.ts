// A service in a process of its own. Its argument is the address of the service that it calls in turn; without one it
// is the last and does what the request says: `fail`, `hang`, or answer. Prints its address; `unsafe` tells what it saw.
import { createClient } from '@connectrpc/connect';
import { defineReasons, PlatformError, silentLogger, silentMeter } from '@mainstay/kernel';
import { bindService, createDirectTransport, createInternalIdentity, startRpcServer } from '../../src/index.ts';
import { aborted, key } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';

const { STORE_DOWN } = defineReasons({
  STORE_DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
});
const ports = {
  identity: createInternalIdentity({ key, service: 'hop' }),
  logger: silentLogger,
  meter: silentMeter,
};
const [nextAddress] = process.argv.slice(2);
const next =
  nextAddress === undefined
    ? undefined
    : createClient(KindsService, createDirectTransport({ ...ports, address: nextAddress }));
const seen = { reached: 0, worked: 0, stopped: 0 };

async function work(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    seen.worked += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  seen.stopped += 1;
}

const server = await startRpcServer({
  ...ports,
  bindings: [
    bindService(KindsService, {
      async unary({ value }, { signal }) {
        seen.reached += 1;
        if (value === 'hang') void work(signal);
        if (next !== undefined) return await next.unary({ value });
        if (value === 'fail') throw new PlatformError(STORE_DOWN, 'the disk is gone');
        if (value === 'hang') await aborted(signal);
        return { value };
      },
      unsafe: () => ({ value: JSON.stringify(seen) }),
    }),
  ],
  serving: () => true,
});
process.stdout.write(`${server.address}\n`);
