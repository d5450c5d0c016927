import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { gatewayReasons } from '../../errors.ts';
import { invalidToken } from '../bearer.ts';
import type { Caller } from '../caller.ts';
import { createLastGood, type LastGood } from '../last-good.ts';
import { VerifiedTokens } from '../verified-tokens.ts';
import { fetchIssuerKeys, type IssuerKeys } from './fetch-issuer-keys.ts';
import type { IssuerSettings } from './issuer-config.ts';
import { toCaller } from './to-caller.ts';

/** The OpenID Connect issuers whose tokens are taken. */
export interface TokenIssuers {
  /**
   * Verifies a token of one of these issuers. One that was verified is known again until it ends, the keys of its issuer are
   * fetched anew, or others are configured.
   *
   * @returns undefined when the token names none of them.
   * @throws {@link PlatformError} `TOKEN_EXPIRED` only when all but the time is right, `TOKEN_INVALID`, or `KEY_SET_UNAVAILABLE`
   * while the issuer's keys are not known, or too old because it does not answer.
   */
  verify(token: string): Promise<Caller> | undefined;
  /** Takes others; the keys of those that stay, stay. */
  configure(settings: readonly IssuerSettings[]): void;
  /** For the health page: how old the keys of each are in milliseconds, null for none. */
  status(): readonly { readonly issuer: string; readonly keys_age_ms: number | null }[];
}

/** Options of {@link createTokenIssuers}; times in milliseconds. */
export interface TokenIssuersOptions {
  readonly minPauseMs: number;
  readonly maxAgeMs: number;
  readonly keepMs: number;
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface Issuer {
  readonly settings: IssuerSettings;
  readonly keys: LastGood<IssuerKeys>;
  /** By these settings; others may take other tokens, or make another caller of them. */
  readonly verified: VerifiedTokens;
}

/** Access tokens (RFC 9068), and the plain type that most providers write; an ID token fails by its audience. */
const tokenTypes: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt']);

/** Makes the list of issuers; nothing is fetched before the first token of one comes. */
export function createTokenIssuers(first: readonly IssuerSettings[], options: TokenIssuersOptions): TokenIssuers {
  let byAddress: ReadonlyMap<string, Issuer> = new Map();
  const configure = (list: readonly IssuerSettings[]): void => {
    const known = byAddress;
    byAddress = new Map(
      list.map((settings) => {
        const keys = known.get(settings.issuer)?.keys ?? keysOf(settings.issuer, options);
        return [settings.issuer, { settings, keys, verified: new VerifiedTokens() }];
      }),
    );
  };
  configure(first);
  return {
    configure,
    verify(token) {
      if (byAddress.size === 0) return undefined;
      const issuer = byAddress.get(issuerOf(token));
      return issuer === undefined ? undefined : verifyBy(issuer, token, options.clock);
    },
    status: () => [...byAddress].map(([issuer, { keys }]) => ({ issuer, keys_age_ms: keys.ageMs() ?? null })),
  };
}

function keysOf(issuer: string, options: TokenIssuersOptions): LastGood<IssuerKeys> {
  const { timeoutMs, ...times } = options;
  return createLastGood({
    ...times,
    name: `token keys of ${issuer}`,
    fetch: () => fetchIssuerKeys(issuer, timeoutMs),
  });
}

/** Whom a token says that it is from; nothing is believed before its signature is checked by that issuer's keys. */
function issuerOf(token: string): string {
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token).iss ?? '';
  } catch {
    // The users service's own check says what is wrong with it.
    return '';
  }
}

async function verifyBy({ settings, keys, verified }: Issuer, token: string, clock: Clock): Promise<Caller> {
  const kid = kidOf(token, settings);
  const known = await keys.get(({ kids }) => kid === undefined || kids.has(kid));
  if (known === undefined) {
    const message = `tokens of ${settings.name} cannot be checked at the moment`;
    throw new PlatformError(gatewayReasons.KEY_SET_UNAVAILABLE, message);
  }
  const again = verified.find(known, token, clock.nowMs());
  if (again !== undefined) return again;
  try {
    const { payload } = await jwtVerify(token, known.find, {
      algorithms: settings.algorithms,
      issuer: settings.issuer,
      audience: settings.audience,
      clockTolerance: settings.clock_skew_s,
      requiredClaims: ['exp'],
      currentDate: new Date(clock.nowMs()),
    });
    const caller = toCaller(payload, settings);
    if (caller !== undefined) {
      verified.remember(known, token, caller);
      return caller;
    }
  } catch (cause) {
    if (cause instanceof errors.JWTExpired) {
      throw new PlatformError(gatewayReasons.TOKEN_EXPIRED, 'the access token has expired', { cause });
    }
    throw invalidToken('the access token is not valid', cause);
  }
  throw invalidToken('the access token names no user');
}

function kidOf(token: string, { algorithms }: IssuerSettings): string | undefined {
  const { kid, alg, typ } = decodeProtectedHeader(token);
  if (!algorithms.some((allowed) => allowed === alg)) throw invalidToken('the access token is signed in another way');
  if (!tokenTypes.has(typ?.toLowerCase())) throw invalidToken('the token is no access token');
  return kid;
}
