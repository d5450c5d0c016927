// Set up for each file of stories: what the fleets logged last stands beside a test that failed, since they are gone afterwards.
import { afterEach } from 'vitest';
import { openFleets } from './fleet.ts';

const readLines = 2_000;
const shownLines = 60;

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const fleet of openFleets) {
    const { stdout } = await fleet.mainstay('logs', '--lines', String(readLines));
    // Requests are many, and the test tells of its own.
    const lines = stdout.split('\n').filter((line) => line !== '' && !/\srequest\s/.test(line));
    process.stderr.write(
      `\n${task.name}: what ${fleet.gatewayUrl} logged last\n${lines.slice(-shownLines).join('\n')}\n`,
    );
  }
});
