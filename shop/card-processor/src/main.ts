import { loadConfig } from '@mainstay/config';
import { isPlatformError } from '@mainstay/kernel';
import { createLogger } from '@mainstay/telemetry';
import { startCardProcessor } from './card-processor.ts';
import { cardProcessorConfig } from './config.ts';

function fail(error: unknown): never {
  const message = isPlatformError(error) ? error.rawMessage : error instanceof Error ? error.message : String(error);
  process.stderr.write(`card-processor: ${message}\n`);
  process.exit(1);
}

try {
  const config = loadConfig(cardProcessorConfig, { env: process.env });
  const logger = createLogger({ service: 'card-processor', level: config.log_level });
  const processor = await startCardProcessor({
    host: config.host,
    port: config.port,
    dataDir: config.data,
    apiKey: config.api_key,
    slowAnswerMs: config.slow_answer_ms,
    faultsEnabled: config['faults.enabled'],
    logger,
    onLedgerFailure: fail,
  });

  let stopping = false;
  const stop = async (why: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info('stopping', { why });
    await processor[Symbol.asyncDispose]();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  process.on('disconnect', () => void stop('the controller is gone'));

  logger.info('listening', { url: processor.url });
  process.send?.({
    type: 'mainstay.ready',
    instanceId: `card-processor-${process.pid}`,
    services: ['card-processor'],
    managementUrl: processor.url,
    address: processor.url,
  });
} catch (error) {
  fail(error);
}
