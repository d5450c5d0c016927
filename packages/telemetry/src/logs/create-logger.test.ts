import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { newTrace, withContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { createLogger, type LoggerOptions } from './create-logger.ts';

function record(options: Partial<LoggerOptions> = {}) {
  const raw: string[] = [];
  const logger = createLogger({ service: 'orders', destination: { write: (line) => void raw.push(line) }, ...options });
  return { logger, raw, lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('writes one JSON object a line with ISO time, level as a word, service, message and fields', () => {
  const { logger, raw, lines } = record();

  logger.info('order confirmed', { order_id: '42', total_minor_units: 1_999n });

  expect(raw[0]).toMatch(/\}\n$/);
  expect(lines()).toEqual([
    {
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      service: 'orders',
      msg: 'order confirmed',
      order_id: '42',
      total_minor_units: '1999',
    },
  ]);
});

test('takes trace and span id from the current call, and none outside of any', () => {
  const { logger, lines } = record();
  const trace = newTrace();

  withContext({ trace }, () => logger.child({ a: 1 }).warn('inside'));
  logger.warn('outside');

  expect(lines()[0]).toMatchObject({ trace_id: trace.traceId, span_id: trace.spanId, a: 1 });
  expect(lines()[1]).not.toHaveProperty('trace_id');
});

test('ids of the context stand in every line, and never replace the trace or show a secret', () => {
  const { logger, lines } = record();
  const trace = newTrace();
  const baggage = { 'request-id': 'req-456', trace_id: 'forged', 'auth-token': 'hunter2' };

  withContext({ trace, baggage }, () => logger.info('inside', { a: 1 }));

  expect(lines()[0]).toMatchObject({ request_id: 'req-456', trace_id: trace.traceId, a: 1 });
  expect(JSON.stringify(lines())).not.toContain('hunter2');
});

test.each([
  ['debug', ['debug', 'info', 'warn', 'error']],
  ['warn', ['warn', 'error']],
  ['silent', []],
] as const)('at level %s writes %j', (level, expected) => {
  const { logger, lines } = record({ level });

  for (const word of ['debug', 'info', 'warn', 'error'] as const) logger[word]('line');

  expect(lines().map((line) => line['level'])).toEqual(expected);
});

test('a disabled level does not read its fields', () => {
  const { logger } = record();

  logger.debug('line', {
    get a(): never {
      return expect.unreachable();
    },
  });
});

test('refuses an unknown level with the level received', () => {
  expect(() => createLogger({ service: 'a', level: 'loud' as 'info' })).toThrow(
    /logger\.level must be one of .*got "loud"/,
  );
});

test('hides secrets in message, fields, bound fields and errors', () => {
  const { logger, raw } = record({ fields: { api_key: 'hunter2' } });
  const error = new PlatformError(kernelReasons.INTERNAL, 'no', { cause: new Error('password=hunter2') });

  logger
    .child({ token: 'hunter2' })
    .error('login with password=hunter2', { error, err: error, card_number: 'hunter2' });

  expect(raw[0]).not.toContain('hunter2');
  expect(JSON.parse(raw[0]!).error).toMatchObject({ reason: 'INTERNAL', cause: { message: 'password=[redacted]' } });
  expect(JSON.parse(raw[0]!).err).toEqual(JSON.parse(raw[0]!).error);
});

test('a field with a name of the logger itself is kept as field_<name>, so no name appears twice', () => {
  const { logger, raw, lines } = record();

  logger.child({ service: 'payments', a: 1 }).info('down', { time: 'now', level: 5, msg: 'x', trace_id: 't', a: 2 });

  expect(lines()[0]).toMatchObject({
    service: 'orders',
    level: 'info',
    msg: 'down',
    field_service: 'payments',
    field_time: 'now',
    field_level: 5,
    field_msg: 'x',
    field_trace_id: 't',
    a: 2,
  });
  expect(raw[0]!.match(/"a":/g)).toHaveLength(1);
  expect(raw[0]!.match(/"service":/g)).toHaveLength(1);
});

test('a message with % signs and line breaks stays one line and as it is', () => {
  const { logger, raw, lines } = record();

  logger.info('50 %s done\n{"level":"error"}');

  expect(raw[0]!.trimEnd()).not.toContain('\n');
  expect(lines()[0]).toMatchObject({ msg: '50 %s done\n{"level":"error"}' });
});
