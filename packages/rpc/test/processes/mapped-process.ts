// A service in a process of its own whose interceptors map headers. Its argument is the address of the service that it
// calls in turn, if any. Prints its address; answers with what it and those behind it saw, as JSON.
import { createClient } from '@connectrpc/connect';
import { PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { bindService, createDirectTransport, rpcReasons, startRpcServer } from '../../src/index.ts';
import { silent } from '../connect-both.ts';
import { newMapper } from '../header-rules.ts';
import { KindsService } from '../kinds-service.ts';

const [address] = process.argv.slice(2);
const mapper = newMapper();
const next =
  address === undefined
    ? undefined
    : createClient(
        KindsService,
        createDirectTransport({ ...silent, address, interceptors: [mapper.clientInterceptor] }),
      );
const see = (header: Headers): object => ({
  header: Object.fromEntries(header),
  baggage: currentContext()?.baggage ?? {},
});

const server = await startRpcServer({
  ...silent,
  bindings: [
    bindService(KindsService, {
      async unary(_, { requestHeader }) {
        const behind = next === undefined ? [] : JSON.parse((await next.unary({})).value);
        return { value: JSON.stringify([see(requestHeader), ...behind]) };
      },
      async *serverStream(_, { requestHeader }) {
        yield { value: '[]' };
        yield { value: JSON.stringify([see(requestHeader)]) };
      },
      unsafe() {
        throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going');
      },
    }),
  ],
  serving: () => true,
  interceptors: [mapper.serverInterceptor],
});
process.stdout.write(`${server.address}\n`);
