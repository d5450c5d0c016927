import { X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PlatformError } from '@mainstay/kernel';
import { readCertificateServices } from '@mainstay/rpc';
import { writeAtomically } from '../data-dir/write-atomically.ts';
import { controllerReasons } from '../errors.ts';
import { createAuthority, issueCertificate, type KeyedCertificate } from './authority.ts';
import { readHosts } from './read-hosts.ts';

/** Paths of what a process of the fleet is given. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
}

/** A certificate as `mainstay certs show` shows it. */
export interface CertificateStatus {
  /** Of the file: a service or a process that hosts several; `authority` for the authority. */
  readonly name: string;
  readonly services: readonly string[];
  readonly hosts: readonly string[];
  readonly valid_from: string;
  readonly expires_at: string;
  /** SHA-256, in hexadecimal digits with colons. */
  readonly fingerprint: string;
  readonly file: string;
}

/** How long a new certificate is valid, and where its holder can be reached beside this machine. */
export interface IssueOptions {
  readonly services?: readonly string[];
  readonly hosts?: readonly string[];
  readonly lifetimeMs?: number;
}

const dayMs = 86_400_000;

/** Default life of a certificate. */
export const defaultLifetimeMs: number = 30 * dayMs;

const authorityName = 'authority';

/**
 * The authority and the certificates of one fleet, as files: `<name>.pem` and `<name>.key`, keys for their owner only.
 *
 * Each file is replaced in one step, a key before its certificate; who reads both may find a new key with an old
 * certificate for a moment, and looks again.
 */
export class CertificateFolder {
  readonly #folder: string;
  readonly #fleet: string;

  constructor(folder: string, fleet: string) {
    this.#folder = folder;
    this.#fleet = fleet;
  }

  /** @throws {@link PlatformError} `CERTIFICATE_AUTHORITY_EXISTS`: replacing it would cut off the whole fleet. */
  init(nowMs: number): CertificateStatus {
    if (this.#read(authorityName) !== undefined) {
      const message = `${this.#folder} has an authority already; \`mainstay certs show\` shows it, remove the folder to begin anew`;
      throw new PlatformError(controllerReasons.CERTIFICATE_AUTHORITY_EXISTS, message);
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#write(authorityName, createAuthority(this.#fleet, nowMs));
    return this.status(authorityName);
  }

  /** Issues a certificate, over the one that is there. @throws `CERTIFICATE_AUTHORITY_MISSING`. */
  issue(name: string, options: IssueOptions, nowMs: number): CertificateStatus {
    const authority = this.#read(authorityName);
    if (authority === undefined) {
      const message = `there is no authority in ${this.#folder}; make one with \`mainstay certs init\``;
      throw new PlatformError(controllerReasons.CERTIFICATE_AUTHORITY_MISSING, message);
    }
    const { services = [name], hosts = [], lifetimeMs = defaultLifetimeMs } = options;
    const order = { fleet: this.#fleet, services, hosts, lifetimeMs };
    this.#write(name, issueCertificate(authority, order, nowMs));
    return this.status(name);
  }

  /** Issues a certificate anew, with a new key, for the same names and as long a life. @throws `CERTIFICATE_UNKNOWN`. */
  rotate(name: string, nowMs: number): CertificateStatus {
    const { services, hosts, valid_from, expires_at } = this.status(name);
    // Whole days, since a certificate begins a little before it is issued.
    const days = Math.round((Date.parse(expires_at) - Date.parse(valid_from)) / dayMs);
    const lifetimeMs = Math.max(1, days) * dayMs;
    return this.issue(name, { services, hosts, lifetimeMs }, nowMs);
  }

  /** Names of all certificates but the authority's, in order. */
  names(): string[] {
    let files: string[];
    try {
      files = readdirSync(this.#folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    const names = files.filter((file) => file.endsWith('.pem')).map((file) => file.slice(0, -'.pem'.length));
    return names.filter((name) => name !== authorityName).sort();
  }

  hasAuthority(): boolean {
    return this.#read(authorityName) !== undefined;
  }

  /** @throws {@link PlatformError} `CERTIFICATE_UNKNOWN` with the names there are; `CERTIFICATE_UNREADABLE`. */
  status(name: string): CertificateStatus {
    const found = this.#read(name);
    if (found === undefined) {
      const names = this.names().join(', ') || 'none, there is no certificate yet';
      const message = `there is no certificate of ${name} in ${this.#folder}; choose one of ${names}`;
      throw new PlatformError(controllerReasons.CERTIFICATE_UNKNOWN, message);
    }
    const file = this.files(name).certificate;
    const parsed = parse(found.certificate, file);
    return {
      name,
      services: readCertificateServices(found.certificate)?.services ?? [],
      hosts: readHosts(parsed.subjectAltName),
      valid_from: parsed.validFromDate.toISOString(),
      expires_at: parsed.validToDate.toISOString(),
      fingerprint: parsed.fingerprint256,
      file,
    };
  }

  /** Where a certificate lies, also before it is issued. */
  files(name: string): CertificateFiles {
    const at = (file: string): string => join(this.#folder, file);
    return { certificate: at(`${name}.pem`), key: at(`${name}.key`), authority: at(`${authorityName}.pem`) };
  }

  #read(name: string): KeyedCertificate | undefined {
    const { certificate, key } = this.files(name);
    try {
      return { certificate: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  #write(name: string, made: KeyedCertificate): void {
    const { certificate, key } = this.files(name);
    writeAtomically(key, made.key);
    writeAtomically(certificate, made.certificate);
  }
}

function parse(certificate: string, file: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    const message = `${file} is no certificate; remove it and issue another with \`mainstay certs issue\``;
    throw new PlatformError(controllerReasons.CERTIFICATE_UNREADABLE, message, { cause });
  }
}
