import { type fixedPorts, optionError, PlatformError } from '@mainstay/kernel';
import type { ServiceDefinition } from '../definition/definition.ts';
import { serviceReasons } from '../errors.ts';

/**
 * Refuses services that cannot share a process.
 *
 * @returns the fixed gRPC port that one of them asks for.
 */
export function checkDefinitions(definitions: readonly ServiceDefinition[]): keyof typeof fixedPorts | undefined {
  if (definitions.length === 0) throw optionError('services', 'at least one', definitions.length);
  const names = definitions.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new PlatformError(serviceReasons.SERVICE_DUPLICATE, `the service ${twice} is listed twice`);
  }
  const fixed = definitions.filter(({ grpcPort }) => grpcPort !== undefined);
  if (fixed.length > 1) {
    const message = `${fixed.map(({ name }) => name).join(' and ')} both ask for a fixed gRPC port`;
    throw new PlatformError(serviceReasons.SERVICE_DUPLICATE, message);
  }
  return fixed[0]?.grpcPort;
}
