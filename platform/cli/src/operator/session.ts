import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsersService } from '@mainstay/contracts/users/v1/users';
import { isPlatformError, PlatformError, systemClock } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { findProject } from '../project.ts';
import { callMethod } from './http-call.ts';
import type { OperatorOptions } from './operator-options.ts';

/** A session as it is kept in the data directory, readable for its owner only. */
interface Session {
  readonly gateway: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_at_ms: number;
}

/** An access token this close to its end is renewed first. */
const renewBeforeMs = 30_000;

/** Signs in at a gateway and keeps the session; gives back the roles of the account. */
export async function signIn(
  { email, password }: { readonly email: string; readonly password: string },
  gateway: string,
  options: OperatorOptions,
): Promise<readonly string[]> {
  const place = { gateway, token: undefined };
  const session = await callMethod(UsersService.method.createSession, { email, password }, place);
  keep(sessionPath(options), gateway, session);
  return session.user?.roles ?? [];
}

/**
 * The token to call with: `--token`, `MAINSTAY_TOKEN`, or the session of `mainstay login`, renewed when it is about to end.
 *
 * @throws {@link PlatformError} `CLI_NOT_SIGNED_IN` when there is none.
 */
export async function accessToken(gateway: string, options: OperatorOptions): Promise<string> {
  const given = options.token ?? process.env['MAINSTAY_TOKEN'];
  if (given !== undefined && given !== '') return given;
  const path = sessionPath(options);
  const session = read(path);
  if (session === undefined || session.gateway !== gateway) throw notSignedIn('nobody is signed in');
  if (session.expires_at_ms - systemClock.nowMs() > renewBeforeMs) return session.access_token;
  try {
    const request = { refreshToken: session.refresh_token };
    const renewed = await callMethod(UsersService.method.refreshSession, request, { gateway, token: undefined });
    keep(path, gateway, renewed);
    return renewed.accessToken;
  } catch (error) {
    if (!isPlatformError(error) || error.code !== 'unauthenticated') throw error;
    throw notSignedIn('the session has ended');
  }
}

/** The refusal of a call without a session, with the way out. */
export function notSignedIn(why: string): PlatformError {
  const message = `${why}; sign in with \`mainstay login <email>\` as an administrator, or give --token or MAINSTAY_TOKEN`;
  return new PlatformError(cliReasons.CLI_NOT_SIGNED_IN, message);
}

function sessionPath(options: OperatorOptions): string {
  return join(findProject(options).dataDir, 'operator-session.json');
}

function read(path: string): Session | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Session;
  } catch {
    // Cut off in the middle of a write by another version: signing in again makes it anew.
    return undefined;
  }
}

function keep(
  path: string,
  gateway: string,
  answer: { readonly accessToken: string; readonly refreshToken: string; readonly expiresIn: number },
): void {
  const session: Session = {
    gateway,
    access_token: answer.accessToken,
    refresh_token: answer.refreshToken,
    expires_at_ms: systemClock.nowMs() + answer.expiresIn * 1_000,
  };
  const part = `${path}.part`;
  writeFileSync(part, JSON.stringify(session), { mode: 0o600 });
  // A file that was there keeps its mode otherwise.
  chmodSync(part, 0o600);
  renameSync(part, path);
}
