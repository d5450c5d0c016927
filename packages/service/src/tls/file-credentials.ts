import { readFileSync, statSync } from 'node:fs';
import { type Clock, type Logger, type Meter, PlatformError, toPlatformError } from '@mainstay/kernel';
import type { CredentialSource, Credentials } from '@mainstay/rpc';
import { serviceReasons } from '../errors.ts';
import { type CredentialFacts, checkCredentials } from './check-credentials.ts';

/** Paths of PEM files. */
export interface CredentialFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
}

/** What {@link FileCredentials} needs besides the files. */
export interface FileCredentialsOptions {
  readonly files: CredentialFiles;
  /** Services of this process, all of which the certificate must name. */
  readonly services: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: Meter;
}

/** Below this part of its life left a certificate is a warning: those who renew do so at a third. */
const warnBelow = 0.2;

/**
 * Credentials from files that may be replaced while calls run.
 *
 * Each `look` compares time and size of the files. Changed ones are checked whole; when they are wrong, the old ones stay
 * in force. Files are replaced one after the other, so what is wrong is looked at a second time before it is reported.
 *
 * States: settled (files as taken or as reported) → changed → settled, by taking them, or → doubted → settled, by taking or
 * reporting them.
 */
export class FileCredentials implements CredentialSource {
  readonly #options: FileCredentialsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #expiry: ReturnType<Meter['gauge']>;
  readonly #reloads: ReturnType<Meter['counter']>;
  #current: Credentials;
  #facts: CredentialFacts;
  #settled: string;
  #doubted: string | undefined;
  #problem: string | undefined;
  #warnedOf: string | undefined;

  /** @throws {@link PlatformError} `CERTIFICATE_INVALID` when the files cannot be used at the start. */
  constructor(options: FileCredentialsOptions) {
    this.#options = options;
    this.#expiry = options.meter.gauge({
      name: 'tls.certificate.expires_in',
      description: 'Time until the certificate in use expires; negative when it has',
      unit: 's',
    });
    this.#reloads = options.meter.counter({
      name: 'tls.certificate.reloads',
      description: 'Changed certificate files that were taken or refused',
      unit: '{reload}',
      labelNames: ['outcome'],
    });
    this.#settled = this.#stamp();
    this.#current = this.#read();
    this.#facts = this.#check(this.#current);
    this.#judgeExpiry();
  }

  /** Of the certificate in use. */
  get facts(): CredentialFacts {
    return this.#facts;
  }

  current(): Credentials {
    return this.#current;
  }

  onChange(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Looks whether the files changed, and how long the certificate still holds. */
  look(): void {
    const stamp = this.#stamp();
    if (stamp !== this.#settled) this.#take(stamp);
    this.#judgeExpiry();
  }

  /** For the health page. */
  status(): Readonly<Record<string, unknown>> {
    const { fleet, services, expiresAtMs, fingerprint } = this.#facts;
    const warning = this.#problem ?? this.#expiryWarning();
    return {
      fleet,
      services,
      expires_at: new Date(expiresAtMs).toISOString(),
      fingerprint,
      ...(warning !== undefined && { warning }),
    };
  }

  #take(stamp: string): void {
    const { logger } = this.#options;
    try {
      const next = this.#read();
      this.#facts = this.#check(next);
      this.#current = next;
      this.#problem = undefined;
    } catch (error) {
      if (this.#doubted !== stamp) {
        this.#doubted = stamp;
        return;
      }
      this.#problem = toPlatformError(error).rawMessage;
      this.#reloads.add(1, { outcome: 'refused' });
      logger.error('new certificate files cannot be used, the old certificate stays in force', { why: this.#problem });
      this.#settle(stamp);
      return;
    }
    this.#settle(stamp);
    this.#reloads.add(1, { outcome: 'taken' });
    const { fingerprint, expiresAtMs } = this.#facts;
    logger.info('certificate replaced', { fingerprint, expires_at: new Date(expiresAtMs).toISOString() });
    for (const listener of this.#listeners) listener();
  }

  #settle(stamp: string): void {
    this.#settled = stamp;
    this.#doubted = undefined;
  }

  #judgeExpiry(): void {
    const { clock, logger } = this.#options;
    this.#expiry.set((this.#facts.expiresAtMs - clock.nowMs()) / 1_000);
    const warning = this.#expiryWarning();
    if (warning === undefined || this.#warnedOf === warning) return;
    this.#warnedOf = warning;
    logger.warn(warning, { fingerprint: this.#facts.fingerprint });
  }

  #expiryWarning(): string | undefined {
    const { validFromMs, expiresAtMs } = this.#facts;
    const leftMs = expiresAtMs - this.#options.clock.nowMs();
    const when = new Date(expiresAtMs).toISOString();
    if (leftMs <= 0) return `the certificate expired at ${when}; peers refuse new connections`;
    return leftMs < warnBelow * (expiresAtMs - validFromMs) ? `the certificate expires at ${when}` : undefined;
  }

  /** Changes when any of the files does, also by a symbolic link that points elsewhere. */
  #stamp(): string {
    const { certificate, key, authorities } = this.#options.files;
    return [certificate, key, authorities]
      .map((path) => {
        const found = statSync(path, { throwIfNoEntry: false });
        return found === undefined ? 'none' : `${found.ino}:${found.size}:${found.mtimeMs}`;
      })
      .join(' ');
  }

  #read(): Credentials {
    const { certificate, key, authorities } = this.#options.files;
    return { certificate: readPem(certificate), key: readPem(key), authorities: readPem(authorities) };
  }

  #check(credentials: Credentials): CredentialFacts {
    const { files, services, clock } = this.#options;
    try {
      return checkCredentials(credentials, { nowMs: clock.nowMs(), services });
    } catch (error) {
      const message = `${files.certificate}: ${toPlatformError(error).rawMessage}`;
      throw new PlatformError(serviceReasons.CERTIFICATE_INVALID, message, { cause: error });
    }
  }
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new PlatformError(serviceReasons.CERTIFICATE_INVALID, `${path} cannot be read: ${code}`, { cause });
  }
}
