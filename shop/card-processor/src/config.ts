import { choice, defineConfig, flag, integer, port, text } from '@mainstay/config';

/** Every option of the card processor. */
export const cardProcessorConfig = defineConfig({
  name: 'card-processor',
  keys: {
    host: { schema: text(), default: '127.0.0.1', description: 'Address to listen on', reloadable: false },
    port: { schema: port(), default: 0, description: 'Port to listen on; 0 chooses a free one', reloadable: false },
    data: { schema: text(), description: 'Directory of the ledger; made when missing', reloadable: false },
    api_key: {
      schema: text().min(8),
      description: 'Key that callers must send as a bearer token, at least 8 characters',
      reloadable: false,
      secret: true,
    },
    log_level: {
      schema: choice(['debug', 'info', 'warn', 'error']),
      default: 'info',
      description: 'Least level that is logged',
      reloadable: false,
    },
    slow_answer_ms: {
      schema: integer({ min: 0, max: 60_000 }),
      default: 3_000,
      unit: 'ms',
      description: 'Pause before tok_slow is answered',
      reloadable: false,
    },
    'faults.enabled': {
      schema: flag(),
      default: false,
      description: 'Opens /admin/faults to callers on this machine; for tests',
      reloadable: false,
    },
  },
});
