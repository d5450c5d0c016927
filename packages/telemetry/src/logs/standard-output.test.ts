import { expect, test } from 'vitest';
import { standardOutput } from './standard-output.ts';

/** A pipe whose next writes go as told: a number of bytes taken, or an error's code. */
function pipe(...script: (number | string)[]) {
  let text = '';
  let waitedMs = 0;
  const destination = standardOutput({
    write(bytes) {
      const next = script.shift() ?? bytes.length;
      if (typeof next === 'string') throw Object.assign(new Error(next), { code: next });
      const taken = Math.min(next, bytes.length);
      text += Buffer.from(bytes.subarray(0, taken)).toString();
      return taken;
    },
    waitMs: (ms) => {
      waitedMs += ms;
    },
  });
  return { waitedMs: () => waitedMs, destination, lines: () => text.split('\n').filter((line) => line !== '') };
}

test('a line that the pipe takes in three parts, one of them after a wait, arrives whole', () => {
  const { destination, lines } = pipe(3, 'EAGAIN', 4);

  destination.write('{"msg":"hello"}\n');

  expect(lines()).toEqual(['{"msg":"hello"}']);
});

test.each(['ENOSPC', 'EPIPE', 'EIO'])('%s loses 2 lines without throwing, and the next line tells so', (code) => {
  const { destination, lines } = pipe(code, code);

  for (const msg of ['a', 'b', 'c', 'd']) destination.write(`{"msg":"${msg}"}\n`);

  expect(lines().map((line) => JSON.parse(line))).toEqual([
    { level: 'warn', time: expect.any(String), msg: 'log lines were lost', lost_lines: 2 },
    { msg: 'c' },
    { msg: 'd' },
  ]);
});

test('a line cut in the middle does not spoil the ones after it', () => {
  const { destination, lines } = pipe(5, 'ENOSPC');

  destination.write('{"msg":"a"}\n');
  destination.write('{"msg":"b"}\n');

  expect(lines()).toEqual(['{"msg', expect.stringContaining('"lost_lines":1'), '{"msg":"b"}']);
});

test('a pipe that stays full holds the first line for a second and later ones not at all', () => {
  const { destination, waitedMs } = pipe(...Array.from({ length: 300 }, () => 'EAGAIN'));

  destination.write('{}\n');
  expect(waitedMs()).toBe(1_000);
  for (let line = 0; line < 10; line++) destination.write('{}\n');

  expect(waitedMs()).toBe(1_000);
});
