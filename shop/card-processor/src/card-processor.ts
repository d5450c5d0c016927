import type { AddressInfo } from 'node:net';
import { type Clock, type Logger, systemClock } from '@mainstay/kernel';
import { createApp } from './http/app.ts';
import { openLedger } from './ledger/ledger.ts';

/** How the processor runs; see the README for the meaning of each. */
export interface CardProcessorOptions {
  readonly host: string;
  /** 0 chooses a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly apiKey: string;
  readonly slowAnswerMs: number;
  readonly faultsEnabled: boolean;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Called once when the ledger can no longer be written; only a restart mends that. */
  readonly onLedgerFailure?: (error: unknown) => void;
}

/** A running processor. */
export interface CardProcessor extends AsyncDisposable {
  readonly url: string;
}

/** Opens the ledger and listens. Calls that were never answered are cut off when it stops. */
export async function startCardProcessor(options: CardProcessorOptions): Promise<CardProcessor> {
  const { logger, clock = systemClock, random = Math.random } = options;
  const ledger = await openLedger({ directory: options.dataDir, clock, logger });
  const app = createApp({ ...options, ledger, clock, random });
  app.addHook('onError', async () => {
    const failure = ledger.failure();
    if (failure !== undefined) options.onLedgerFailure?.(failure);
  });
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (error) {
    await ledger[Symbol.asyncDispose]();
    throw error;
  }
  const { port } = app.server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    async [Symbol.asyncDispose]() {
      await app.close();
      await ledger[Symbol.asyncDispose]();
    },
  };
}
