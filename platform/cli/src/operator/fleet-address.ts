import { createControlClient } from '@mainstay/controller/client';
import { fixedPort, isPlatformError, PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { findProject } from '../project.ts';
import type { OperatorOptions } from './operator-options.ts';

/** Where a fleet is reached. */
export interface FleetAddress {
  /** URL of the gateway without a closing slash. */
  readonly gateway: string;
  /** URL of the registry's HTTP face without a closing slash. */
  readonly registry: string;
}

/**
 * Finds the fleet that is meant: what the options or the environment say, else the one that runs on the project's data.
 *
 * @throws {@link PlatformError} `CLI_NO_FLEET` when neither is there.
 */
export async function fleetAddress(options: OperatorOptions): Promise<FleetAddress> {
  const gateway = options.gateway ?? process.env['MAINSTAY_GATEWAY'];
  const registry = options.registry ?? process.env['MAINSTAY_REGISTRY'];
  if (gateway !== undefined && registry !== undefined) return { gateway: bare(gateway), registry: bare(registry) };
  const local = await localAddress(options);
  return { gateway: bare(gateway ?? local.gateway), registry: bare(registry ?? local.registry) };
}

async function localAddress(options: OperatorOptions): Promise<FleetAddress> {
  try {
    const { port_offset: offset } = await createControlClient(findProject(options).dataDir).status();
    return {
      gateway: `http://127.0.0.1:${fixedPort('gateway', offset)}`,
      registry: `http://127.0.0.1:${fixedPort('registryHttp', offset)}`,
    };
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    const message = `${error.rawMessage}; for a fleet elsewhere give --gateway and --registry, or MAINSTAY_GATEWAY and MAINSTAY_REGISTRY`;
    throw new PlatformError(cliReasons.CLI_NO_FLEET, message, { cause: error });
  }
}

function bare(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new PlatformError(cliReasons.CLI_USAGE, `${url} is no http URL; see mainstay --help`);
  }
  return url.replace(/\/+$/, '');
}
