import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { startHttpFace } from '../src/http/http-face.ts';
import { Registry, type RegistryOptions } from '../src/registry.ts';
import { forgetfulStore } from '../src/store/registry-store.ts';

/** A registry with its HTTP face on a free port, and a way to talk to it. */
export async function openTestRegistry(
  options: Partial<RegistryOptions> & { readonly authorizeWrite?: (header: string | undefined) => void } = {},
) {
  const registry = await Registry.open({
    clock: systemClock,
    logger: silentLogger,
    meter: silentMeter,
    store: forgetfulStore,
    timings: {
      heartbeatIntervalMs: 15_000,
      suspectAfterMissedCount: 2,
      drainAfterMissedCount: 3,
      removeGraceMs: 30_000,
    },
    maxInstanceCount: 1_000,
    maxWatcherCount: 10,
    auditCount: 1_000,
    watchRepeatMs: 15_000,
    sweepIntervalMs: 100,
    saveDebounceMs: 10,
    probe: async () => false,
    ...options,
  });
  const authorizeWrite = options.authorizeWrite ?? (() => undefined);
  const face = await startHttpFace({ registry, logger: silentLogger, host: '127.0.0.1', port: 0, authorizeWrite });
  return {
    registry,
    url: face.url,
    get: (path: string) => fetch(face.url + path),
    /** Sends JSON; a string goes as it is. */
    send: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      fetch(face.url + path, {
        method,
        headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      await face[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}
