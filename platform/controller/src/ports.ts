import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fixedPort, type fixedPorts, PlatformError } from '@mainstay/kernel';
import { controllerReasons } from './errors.ts';

/** Port numbers by the names of the fleet file. */
export type PortNumbers = Readonly<Record<string, number>>;

/**
 * Gives every port of a fleet its number: fixed ones by the table and the offset, the others free ones.
 *
 * All fixed ports are tried before anything is started, so that a taken one is told at once and by name.
 *
 * @throws {@link PlatformError} `FLEET_PORT_IN_USE` with every port that is taken.
 */
export async function assignPorts(
  declared: Readonly<Record<string, 'free' | keyof typeof fixedPorts>>,
  offset: number,
): Promise<PortNumbers> {
  const numbers: Record<string, number> = {};
  const taken: string[] = [];
  for (const [name, place] of Object.entries(declared)) {
    const port = place === 'free' ? 0 : fixedPort(place, offset);
    const found = await tryPort(port);
    if (found === undefined) taken.push(`port ${port} (${name})`);
    else numbers[name] = found;
  }
  if (taken.length === 0) return numbers;
  throw new PlatformError(
    controllerReasons.FLEET_PORT_IN_USE,
    `${taken.join(' and ')} in use by another program; stop it, or move the fleet with --port-offset`,
  );
}

/** Takes a port for a moment. @returns its number, or undefined when somebody has it. */
async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined;
    throw error;
  }
  const found = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return found;
}
