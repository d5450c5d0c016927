import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { formatLine } from './format-line.ts';

const terminal = recordingTerminal({ showStyles: true });

test('a line has clock time, level, source, message and fields', () => {
  const raw = JSON.stringify({
    level: 'warn',
    time: '2026-01-02T03:04:05.678Z',
    service: 'orders',
    order_id: '0192-x',
    reason: 'two words',
    count: 3,
    msg: 'order refused',
  });

  expect(formatLine({ source: 'orders', raw, time: '' }, terminal)).toBe(
    '<faint:03:04:05.678> <warning:WARN > <accent:orders        > order refused <faint:order_id=0192-x reason="two words" count=3>',
  );
});

test.each(['plain text', '{"half":', '{}x'])('%s is shown as it is', (raw) => {
  expect(formatLine({ source: 'orders', raw, time: '' }, terminal)).toBe(`                   orders         ${raw}`);
});
