import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateFolder } from '@mainstay/controller';
import type { CredentialSource } from '@mainstay/rpc';

/** Name that both sides' certificates carry, as `mainstay certs` would issue them. */
const fleet = 'bench';

/**
 * The server makes an authority and both certificates, in a folder that the client finds by the server's port and removes
 * once it has read its own.
 */
export function issueCertificates(port: number): CredentialSource {
  const path = folderOf(port);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const folder = new CertificateFolder(path, fleet);
  folder.init(Date.now());
  for (const name of ['server', 'gateway']) folder.issue(name, {}, Date.now());
  return read(folder, 'server');
}

/** The client's certificate; it names the service that signs the calls. */
export function takeCertificate(port: number): CredentialSource {
  const path = folderOf(port);
  const source = read(new CertificateFolder(path, fleet), 'gateway');
  rmSync(path, { recursive: true });
  return source;
}

function folderOf(port: number): string {
  return join(tmpdir(), `mainstay-bench-${port}`);
}

function read(folder: CertificateFolder, name: string): CredentialSource {
  const files = folder.files(name);
  const credentials = {
    certificate: readFileSync(files.certificate, 'utf8'),
    key: readFileSync(files.key, 'utf8'),
    authorities: readFileSync(files.authority, 'utf8'),
  };
  return { current: () => credentials, onChange: () => () => undefined };
}
