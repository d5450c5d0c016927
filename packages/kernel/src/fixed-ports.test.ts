import { expect, test } from 'vitest';
import { fixedPort, fixedPorts } from './fixed-ports.ts';

test('an offset moves every fixed port by the same number', () => {
  expect(fixedPort('gateway', 0)).toBe(8080);
  expect(fixedPort('gateway', 100)).toBe(8180);
  expect(fixedPort('registryHttp', 100)).toBe(8600);
  expect(fixedPort('registryGrpc', 100)).toBe(8601);
});

test('no two fixed ports are the same, so two fleets with different offsets above 421 never meet', () => {
  const ports = Object.values(fixedPorts);

  expect(new Set(ports).size).toBe(ports.length);
});
