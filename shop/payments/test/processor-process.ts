import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('../../card-processor/src/main.ts', import.meta.url));
const apiKey = 'test-processor-key';

/** The card processor as a process of its own, as in a fleet. */
export interface ProcessorProcess extends AsyncDisposable {
  readonly url: string;
  readonly apiKey: string;
  /** Sets what goes wrong from now on; see the processor's README. */
  setFaults(faults: Record<string, unknown>): Promise<void>;
  /** Charged minus given back, over everything, by the processor's own books. */
  netMinorUnits(): Promise<number>;
  /** Status of every authorisation of a payment. */
  statusesOf(reference: string): Promise<string[]>;
  /** Ends the process without a goodbye and starts it again on the same ledger and port. */
  kill9AndRestart(): Promise<void>;
}

export async function startProcessor(): Promise<ProcessorProcess> {
  const data = await mkdtemp(join(tmpdir(), 'mainstay-payments-test-'));
  let { child, address } = await spawnProcessor(data, '0');
  const port = new URL(address).port;
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const response = await fetch(new URL(path, address), { ...init, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return await response.json().catch(() => undefined);
  };
  return {
    url: address,
    apiKey,
    async setFaults(faults) {
      await call('/admin/faults', { method: 'PUT', body: JSON.stringify(faults) });
    },
    async netMinorUnits() {
      const { totals } = (await call('/v1/ledger')) as { totals: Record<string, Record<string, number>> };
      const usd = totals['USD'];
      return usd === undefined ? 0 : usd['captured_minor']! - usd['refunded_minor']!;
    },
    async statusesOf(reference) {
      const found = (await call(`/v1/authorizations?reference=${reference}`)) as {
        authorizations: { status: string }[];
      };
      return found.authorizations.map(({ status }) => status);
    },
    async kill9AndRestart() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      ({ child, address } = await spawnProcessor(data, port));
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(data, { recursive: true, force: true });
    },
  };
}

async function spawnProcessor(data: string, port: string): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [entry], {
    env: {
      ...process.env,
      CARD_PROCESSOR_PORT: port,
      CARD_PROCESSOR_DATA: data,
      CARD_PROCESSOR_API_KEY: apiKey,
      CARD_PROCESSOR_FAULTS_ENABLED: 'true',
      CARD_PROCESSOR_SLOW_ANSWER_MS: '300',
      CARD_PROCESSOR_LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [message] = (await once(child, 'message')) as [{ type: string; address: string }];
  if (message.type !== 'mainstay.ready') throw new Error(`the processor did not start: ${JSON.stringify(message)}`);
  return { child, address: message.address };
}
