import { startTestServer, testServerVariable } from './test-server.ts';

/** Vitest's global setup: one server for the whole run; the workers inherit its address in their environment. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startTestServer();
  process.env[testServerVariable] = server.url;
  return async () => {
    Reflect.deleteProperty(process.env, testServerVariable);
    await server[Symbol.asyncDispose]();
  };
}
