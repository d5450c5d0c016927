import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseFleetFile, readFleetFile } from './read-fleet-file.ts';

const here = fileURLToPath(import.meta.url);

function parse(...lines: string[]) {
  return parseFleetFile(lines.join('\n'), `${here}/../fleet.yaml`);
}

const head = ['name: shop', 'processes:', '  - name: orders', '    kind: service'];

test('fills in what a small file leaves out', () => {
  const file = parse(...head, `    entry: ${here}`);

  expect(file).toMatchObject({ data: '.mainstay', secrets: [], ports: {}, ready: [], notes: [] });
  expect(file.processes[0]).toMatchObject({ database: false, first: false, ports: [], environment: {} });
});

test.each([
  ['a wrong kind', [...head.slice(0, 3), '    kind: servise', `    entry: ${here}`], 'line 4, processes[0].kind:'],
  ['an unknown key', [...head, `    entry: ${here}`, '    databse: true'], 'line 6, processes[0].databse: is no key'],
  ['an unknown key at the top', ['nme: shop', ...head, `    entry: ${here}`], 'line 1, nme: is no key'],
  ['a missing entry', head, 'line 3, processes[0].entry:'],
  [
    'an entry that is not there',
    [...head, '    entry: src/nothing.ts'],
    'line 5, processes[0].entry: there is no file',
  ],
  [
    'a definition without export',
    [...head, `    entry: ${here}`, `    definition: ${here}`],
    'must be <path>#<export>',
  ],
  [
    'an unknown port',
    [...head, `    entry: ${here}`, '    ports: [web]'],
    'line 6, processes[0].ports[0]: there is no port web',
  ],
  ['a port that is not fixed', ['ports: { web: web }', ...head, `    entry: ${here}`], 'line 1, ports.web:'],
  [
    'an unknown placeholder',
    [...head, `    entry: ${here}`, '    environment:', '      URL: http://x:${port.card}'],
    'line 7, processes[0].environment.URL: ${port.card} is not known',
  ],
  [
    'a name given twice',
    [...head, `    entry: ${here}`, '  - name: orders', '    kind: edge', `    entry: ${here}`],
    'line 6, processes[1].name: orders is taken',
  ],
  [
    'the name of the database',
    ['name: shop', 'processes:', '  - name: postgres', '    kind: edge', `    entry: ${here}`],
    'postgres is taken',
  ],
  ['broken YAML', ['name: [shop', 'processes: 1'], 'line 2:'],
])('%s is refused with line and path', (_, lines, message) => {
  expect(() => parse(...lines)).toThrow(message);
});

test('all problems are told at once', () => {
  const lines = ['name: Shop', 'processes:', '  - name: orders', '    kind: x', '    entry: y', '    first: maybe'];

  expect(() => parse(...lines)).toThrow(/line 1, name:.*line 4, processes\[0\]\.kind:.*line 6, processes\[0\]\.first:/);
});

test('a missing file is told with its path', () => {
  expect(() => readFleetFile('/nowhere')).toThrow('/nowhere/fleet.yaml cannot be read: ENOENT');
});
