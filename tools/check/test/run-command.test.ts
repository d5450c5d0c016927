import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { endRunningCommands, runCommand } from '../../run-command.ts';

test('gives the exit code and both outputs of a failing command', async () => {
  const { exitCode, output } = await runCommand('node', [
    '-e',
    'console.log("a"); console.error("b"); process.exit(3)',
  ]);

  expect(exitCode).toBe(3);
  expect(output).toContain('a\n');
  expect(output).toContain('b\n');
});

test('gives the standard output alone when asked', async () => {
  const { output } = await runCommand('node', ['-e', 'console.log("a"); console.error("b")'], { stdoutOnly: true });

  expect(output).toBe('a\n');
});

test('says when a command does not start', async () => {
  const { exitCode, output } = await runCommand('no-such-command-anywhere', []);

  expect(exitCode).toBe(127);
  expect(output).toContain('no-such-command-anywhere did not start');
});

test('kills a command that takes longer than its limit, with its children', async () => {
  const hanging = `require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' }); setInterval(() => 0, 1000)`;
  const { exitCode, output } = await runCommand('node', ['-e', hanging], { limitMs: 300 });

  expect(exitCode).not.toBe(0);
  expect(output).toContain('killed after 0 s');
});

test('an interrupted check leaves no command behind, and none of its children', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-command-'));
  try {
    const pidFile = join(folder, 'pid');
    const withChild = `const { pid } = require('node:child_process').spawn('sleep', ['60']);
      require('node:fs').writeFileSync(process.argv[1], String(pid)); setInterval(() => 0, 1000)`;
    const running = runCommand('node', ['-e', withChild, pidFile]);
    const child = await vi.waitFor(() => Number(readFileSync(pidFile, 'utf8')) || expect.unreachable(), 5_000);

    await endRunningCommands('SIGTERM');

    expect((await running).exitCode).not.toBe(0);
    expect(() => process.kill(child, 0)).toThrow('ESRCH');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
