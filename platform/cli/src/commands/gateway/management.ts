import { createControlClient } from '@mainstay/controller/client';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../../errors.ts';
import { findProject, type ProjectOptions } from '../../project.ts';

/** Options of every command of `mainstay gateway`. */
export interface GatewayOptions extends ProjectOptions {
  readonly json?: boolean;
}

/** The management port of the gateway of a running fleet. */
export interface GatewayManagement {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: object): Promise<T>;
}

/**
 * Finds the gateway of the fleet.
 *
 * @throws {@link PlatformError} `FLEET_NOT_RUNNING`, `CLI_GATEWAY_ABSENT` when the fleet has no running gateway; its methods
 * throw `CLI_GATEWAY_REFUSED` with what the gateway says.
 */
export async function findGateway(options: ProjectOptions): Promise<GatewayManagement> {
  const { components } = await createControlClient(findProject(options).dataDir).status();
  const url = components.find(({ services }) => services.includes('gateway'))?.management_url;
  if (url === undefined || url === null) {
    throw new PlatformError(cliReasons.CLI_GATEWAY_ABSENT, 'the fleet has no running gateway');
  }
  return {
    get: (path) => ask(`${url}${path}`, {}),
    post: (path, body) =>
      ask(`${url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}

async function ask<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) }).catch((cause: unknown) => {
    throw new PlatformError(cliReasons.CLI_GATEWAY_ABSENT, 'the management port of the gateway does not answer', {
      cause,
    });
  });
  const answer = (await response.json()) as { readonly error?: unknown; readonly message?: unknown };
  if (response.ok) return answer as T;
  const what = typeof answer.message === 'string' ? answer.message : String(answer.error);
  throw new PlatformError(cliReasons.CLI_GATEWAY_REFUSED, what);
}
