import { expect, test } from 'vitest';
import { runProgram } from '../src/index.ts';
import { recordingTerminal } from './recording-terminal.ts';

async function run(...args: string[]): Promise<string> {
  const terminal = recordingTerminal();
  expect(await runProgram(args, terminal)).toBe(0);
  return terminal.text();
}

const commands = [
  'up',
  'down',
  'status',
  'logs',
  'restart',
  'start',
  'stop',
  'lb-bench',
  'certs',
  'login',
  'saga',
  'events',
  'stuck',
  'grants',
];

test.each(commands)('%s --help has examples and hides what is not for people', async (command) => {
  const help = await run(command, '--help');

  expect(help).toMatch(new RegExp(`^Usage: mainstay ${command}[\\s\\S]*Examples:\n {2}\\$ mainstay ${command}`));
  expect(help).not.toContain('--reporting');
});

test('help lists every command, also when none is given', async () => {
  const help = await run('--help');

  for (const name of commands) expect(help).toContain(`\n  ${name} `);
  expect(await run()).toBe(help);
});

test('--version is the number of the package', async () => {
  expect(await run('--version')).toBe('0.1.0\n');
});

test.each([
  [['upp'], "unknown command 'upp' (Did you mean up?); see mainstay --help"],
  [['up', '--sngle'], "unknown option '--sngle' (Did you mean --single?); see mainstay --help"],
  [
    ['up', '--port-offset', '1.5'],
    "option '--port-offset <n>' argument '1.5' is invalid. It must be a whole number from 0 to 50000; see mainstay --help",
  ],
  [
    ['logs', '--lines', '-1'],
    "option '--lines <n>' argument '-1' is invalid. It must be a whole number from 0 to 1000000; see mainstay --help",
  ],
  [
    ['restart', 'orders', '--env', 'x'],
    "option '--env <name=value>' argument 'x' is invalid. It must be NAME=value; see mainstay --help",
  ],
  [['restart'], "missing required argument 'service'; see mainstay --help"],
  [['certs', 'shw'], "too many arguments for 'certs'. Expected 0 arguments but got 1: shw; see mainstay --help"],
  [
    ['certs', 'issue', 'orders', '--days', '91'],
    "option '--days <n>' argument '91' is invalid. It must be a whole number from 1 to 90; see mainstay --help",
  ],
  [
    ['certs', 'issue', 'Orders'],
    'The service must be lower-case letters, digits and dashes, first a letter; see mainstay --help',
  ],
  [['status', '--root', '/'], 'there is no fleet.yaml in /'],
  [['saga', 'retry', 'sg_1'], "required option '--reason <text>' not specified; see mainstay --help"],
  [
    ['saga', 'retry', 'sg_1', '--reason', ' '],
    "option '--reason <text>' argument ' ' is invalid. It must say why, in at most 500 characters; see mainstay --help",
  ],
  [
    ['stuck', '--age', '5'],
    "option '--age <duration>' argument '5' is invalid. It must be a number and s, m, h or d, at most a year; see mainstay --help",
  ],
  [['events', 'dead-letters', 'show', 'x'], 'The id of a dead letter is consumer/source/position; see mainstay --help'],
])('%j is refused in one line', async (args, message) => {
  await expect(runProgram(args, recordingTerminal())).rejects.toMatchObject({ rawMessage: message });
});
