import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { recordingTerminal } from '../../test/recording-terminal.ts';
import { createProgress } from './progress.ts';

test('without a terminal each event is one line, and what only begins says nothing', () => {
  const terminal = recordingTerminal();
  const progress = createProgress(terminal, new FakeClock());
  progress.onEvent({ type: 'starting', component: 'orders' });
  progress.onEvent({ type: 'ready', component: 'orders', tookMs: 1_234 });
  progress.onEvent({ type: 'crashed', component: 'orders', why: 'it ended with code 3', restartInMs: 250 });
  progress.onEvent({ type: 'progress', component: 'orders', line: 'is not ready' });
  progress.onEvent({ type: 'stopping', component: 'orders' });
  progress.onEvent({ type: 'stopped', component: 'orders', why: 'killed' });

  expect(terminal.text()).toBe(
    [
      'orders: ready after 1.2 s',
      'orders: crashed, it ended with code 3; starts again in 0.25 s',
      'orders: is not ready',
      'orders: stopped, killed',
      '',
    ].join('\n'),
  );
});

test('on a terminal each component is one live line whose seconds move every 100 ms', async () => {
  const clock = new FakeClock();
  const terminal = recordingTerminal({ isTty: true });
  const progress = createProgress(terminal, clock);
  progress.onEvent({ type: 'starting', component: 'users' });
  progress.onEvent({ type: 'starting', component: 'orders' });
  await clock.advance(1_500);
  const moving = screen(terminal.text());
  progress.onEvent({ type: 'ready', component: 'orders', tookMs: 1_500 });
  progress.onEvent({ type: 'crashed', component: 'users', why: 'it ended with code 3', restartInMs: 250 });
  progress.finish();
  progress.onEvent({ type: 'ready', component: 'users', tookMs: 300 });

  expect(moving).toEqual(['  … users            starting  1.5 s', '  … orders           starting  1.5 s']);
  expect(screen(terminal.text())).toEqual([
    'users: crashed, it ended with code 3; starts again in 0.25 s',
    '  … users            starting  1.5 s',
    '  ✓ orders           ready     1.5 s',
    'users: ready after 0.3 s',
  ]);
  expect(clock.pendingCount).toBe(0);
});

/** What stands on a terminal that understands `cursor up`, here always followed by `erase below`. */
function screen(written: string): string[] {
  const lines: string[] = [];
  for (const part of written.split('\x1b[0J')) {
    const [text = '', up = '0A'] = part.split('\x1b[');
    lines.push(...text.split('\n').slice(0, -1));
    lines.splice(lines.length - Number.parseInt(up, 10));
  }
  return lines;
}
