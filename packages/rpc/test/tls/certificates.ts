import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CredentialSource, Credentials } from '../../src/index.ts';

/** The program that makes certificates; a bare machine may lack it. */
export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0;

/** An authority of one test file. */
export interface TestAuthority extends Disposable {
  /** Its own certificate, in PEM. */
  readonly certificate: string;
  /** Credentials with a certificate of this authority for these names (`DNS:a,URI:b`), and trust in it. */
  issue(names: string): Credentials;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes an authority with openssl; about 20 ms a certificate. */
export function createTestAuthority(name: string): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'mainstay-tls-'));
  const file = (part: string): string => join(folder, part);
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'ignore' });
  const root = ['-subj', `/CN=${name}`, '-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  openssl('req', '-x509', '-days', '1', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.pem'), ...root);
  const certificate = readFileSync(file('ca.pem'), 'utf8');
  return {
    certificate,
    issue(names) {
      writeFileSync(file('names'), names === '' ? '' : `subjectAltName=${names}\n`);
      openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', file('key'), '-out', file('request'));
      const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
      const signed = ['-in', file('request'), '-extfile', file('names'), '-out', file('pem')];
      openssl('x509', '-req', '-days', '1', ...signed, ...signer);
      return {
        certificate: readFileSync(file('pem'), 'utf8'),
        key: readFileSync(file('key'), 'utf8'),
        authorities: certificate,
      };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

/** A source whose credentials a test changes. */
export interface ChangeableSource extends CredentialSource {
  change(next: Credentials): void;
  listenerCount(): number;
}

export function sourceOf(first: Credentials): ChangeableSource {
  let current = first;
  const listeners = new Set<() => void>();
  return {
    current: () => current,
    onChange(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    change(next) {
      current = next;
      for (const listener of listeners) listener();
    },
    listenerCount: () => listeners.size,
  };
}
