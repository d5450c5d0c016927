import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Clock, type Logger, toPlatformError } from '@mainstay/kernel';
import type { CertificateFiles, CertificateFolder } from './certificate-folder.ts';

/** What a keeper needs. */
export interface CertificateKeeperOptions {
  readonly folder: CertificateFolder;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Certificates are renewed when less than this part of their life is left. */
const renewBelow = 1 / 3;
const lookIntervalMs = 60_000;

/**
 * Keeps the certificates of a running fleet valid: makes what is missing at the start of a process, and renews before
 * they expire. Processes see the new files by themselves.
 */
export class CertificateKeeper implements Disposable {
  readonly #options: CertificateKeeperOptions;
  /** Services by the name of the process that holds the certificate. */
  readonly #kept = new Map<string, readonly string[]>();
  #cancel: () => void = () => undefined;

  constructor(options: CertificateKeeperOptions) {
    this.#options = options;
    this.#schedule();
  }

  /** Where the certificate of a process lies; issued when there is none that fits, with the authority before it. */
  ensure(name: string, services: readonly string[]): CertificateFiles {
    const { folder, clock, logger } = this.#options;
    if (!folder.hasAuthority()) {
      const { file } = folder.init(clock.nowMs());
      logger.info('authority for certificates made', { file });
    }
    this.#kept.set(name, services);
    this.#renew(name, services);
    return folder.files(name);
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #schedule(): void {
    const { clock, logger } = this.#options;
    this.#cancel = clock.after(lookIntervalMs, () => {
      for (const [name, services] of this.#kept) {
        try {
          this.#renew(name, services);
        } catch (error) {
          logger.error('a certificate was not renewed', { name, reason: toPlatformError(error).rawMessage });
        }
      }
      this.#schedule();
    });
  }

  #renew(name: string, services: readonly string[]): void {
    const { folder, clock, logger } = this.#options;
    if (!this.#isDue(name, services)) return;
    const { expires_at, fingerprint } = folder.issue(name, { services }, clock.nowMs());
    logger.info('certificate issued', { name, services, expires_at, fingerprint });
  }

  #isDue(name: string, services: readonly string[]): boolean {
    const { folder, clock } = this.#options;
    if (!folder.names().includes(name)) return true;
    const found = folder.status(name);
    if (services.some((service) => !found.services.includes(service))) return true;
    const { certificate, authority } = folder.files(name);
    const issuer = new X509Certificate(readFileSync(authority));
    if (!new X509Certificate(readFileSync(certificate)).verify(issuer.publicKey)) return true;
    const [fromMs, untilMs] = [Date.parse(found.valid_from), Date.parse(found.expires_at)];
    return untilMs - clock.nowMs() < renewBelow * (untilMs - fromMs);
  }
}
