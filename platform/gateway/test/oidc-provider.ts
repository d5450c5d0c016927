import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An OpenID Connect provider in a process of its own. */
export interface OidcProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Signs with a new key from now on; the old one stays in the set. */
  rotate(): Promise<void>;
  /** Ends connections without an answer while down. */
  setDown(isDown: boolean): Promise<void>;
  /** How often its keys were asked for. */
  keysAsked(): Promise<number>;
  /** An access token of a client of its own, for a resource. */
  token(resource: string): Promise<string>;
}

/** Starts the provider and waits until it listens. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const child = fork(fileURLToPath(new URL('./fixtures/oidc-issuer.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const answer = async (): Promise<unknown> => (await once(child, 'message'))[0];
  const ask = (what: string): Promise<unknown> => {
    const told = answer();
    child.send(what);
    return told;
  };
  const issuer = (await answer()) as string;
  return {
    issuer,
    rotate: async () => void (await ask('rotate')),
    setDown: async (isDown) => void (await ask(isDown ? 'down' : 'up')),
    keysAsked: async () => (await ask('asked')) as number,
    async token(resource) {
      const body = new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'orders:read' });
      const authorization = `Basic ${Buffer.from('robot:secret').toString('base64')}`;
      const answered = await fetch(`${issuer}/token`, { method: 'POST', body, headers: { authorization } });
      return ((await answered.json()) as { access_token: string }).access_token;
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
