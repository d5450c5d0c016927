import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClient } from '@connectrpc/connect';
import { bindService, createDirectTransport, startRpcServer } from '../../src/index.ts';
import { aborted, collect, silent } from '../connect-both.ts';
import { KindsService } from '../kinds-service.ts';

// Server and client of the wire engine call each other; after each round, what the process holds is printed. By hand, for
// longer: node packages/rpc/test/wire/soak-process.ts 50 20000

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const [rounds = '4', callsPerRound = '2000'] = process.argv.slice(2);
const text = 'x'.repeat(500);

const binding = bindService(KindsService, {
  async unary({ value }, { signal }) {
    if (value === 'wait') await aborted(signal);
    return { value };
  },
  unsafe: () => Promise.reject(new DOMException('as asked', 'DataError')),
  async *serverStream({ value }) {
    for (let i = 0; i < 5; i++) yield { value };
  },
  clientStream: async (requests) => ({ value: String((await collect(requests)).length) }),
  async *bidiStream(requests) {
    for await (const { value } of requests) yield { value };
  },
});
await using server = await startRpcServer({ ...silent, engine: 'wire', bindings: [binding], serving: () => true });
await using transport = createDirectTransport({ ...silent, engine: 'wire', address: server.address, maxAttempts: 1 });
const client = createClient(KindsService, transport);

async function* three(): AsyncIterable<{ value: string }> {
  for (let i = 0; i < 3; i++) yield { value: text };
}

async function canceled(): Promise<unknown> {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  return client.unary({ value: 'wait' }, { signal: controller.signal });
}

const kinds: readonly (() => Promise<unknown>)[] = [
  () => client.unary({ value: text }),
  () => client.unary({ value: text.repeat(100) }),
  () => collect(client.serverStream({ value: text })),
  () => client.clientStream(three()),
  () => collect(client.bidiStream(three())),
  () => client.unary({ value: '' }),
  () => client.unsafe({}),
  canceled,
];

for (let round = 0; round < Number(rounds); round++) {
  for (let calls = 0; calls < Number(callsPerRound); calls += 80) {
    await Promise.allSettled(Array.from({ length: 80 }, (_, i) => kinds[i % kinds.length]!()));
  }
  for (let turns = 0; turns < 3; turns++) {
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ inFlight: server.inFlight(), heldBytes: heapUsed + external })}\n`);
}
