import { CertificateFolder, type CertificateStatus } from '@mainstay/controller';
import { dataPaths, readFleetFile } from '@mainstay/controller/client';
import { systemClock } from '@mainstay/kernel';
import { layOutTable } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { findProject, type ProjectOptions } from '../project.ts';

/** Options of every `mainstay certs` command. */
export interface CertsOptions extends ProjectOptions {
  readonly json?: boolean;
}

/** Options of `mainstay certs issue`. */
export interface IssueCommandOptions extends CertsOptions {
  readonly days: number;
  readonly host: readonly string[];
}

const dayMs = 86_400_000;

/** Makes the authority of the fleet. */
export async function certsInit(options: CertsOptions, terminal: Terminal): Promise<number> {
  const made = folderOf(options).init(systemClock.nowMs());
  return print([made], options, {
    terminal,
    said: `the authority is ${made.file}; keep its key beside it to yourself`,
  });
}

/** Issues a certificate for a service, over the one that is there. */
export async function certsIssue(service: string, options: IssueCommandOptions, terminal: Terminal): Promise<number> {
  const { days, host } = options;
  const issued = folderOf(options).issue(service, { hosts: host, lifetimeMs: days * dayMs }, systemClock.nowMs());
  return print([issued], options, { terminal, said: `the certificate is ${issued.file}, its key beside it` });
}

/** Issues the certificate of a service anew, or of all; running processes take it within seconds. */
export async function certsRotate(
  service: string | undefined,
  options: CertsOptions,
  terminal: Terminal,
): Promise<number> {
  const folder = folderOf(options);
  const names = service === undefined ? folder.names() : [service];
  const rotated = names.map((name) => folder.rotate(name, systemClock.nowMs()));
  const said = rotated.length === 0 ? 'there is no certificate yet' : 'running processes take them within 2 s';
  return print(rotated, options, { terminal, said });
}

/** Shows the authority and all certificates: names, expiry, fingerprint. */
export async function certsShow(options: CertsOptions, terminal: Terminal): Promise<number> {
  const folder = folderOf(options);
  const names = [...(folder.hasAuthority() ? ['authority'] : []), ...folder.names()];
  const said = names.length === 0 ? 'there is no certificate yet; begin with `mainstay certs init`' : undefined;
  return print(
    names.map((name) => folder.status(name)),
    options,
    { terminal, said },
  );
}

function folderOf(options: ProjectOptions): CertificateFolder {
  const { root, dataDir } = findProject(options);
  return new CertificateFolder(dataPaths(dataDir).certificates, readFleetFile(root).name);
}

function print(
  certificates: readonly CertificateStatus[],
  { json }: CertsOptions,
  { terminal, said }: { readonly terminal: Terminal; readonly said: string | undefined },
): number {
  if (json === true) {
    terminal.line(JSON.stringify(certificates, null, 2));
    return 0;
  }
  if (certificates.length > 0) {
    const rows = certificates.map(({ name, services, expires_at, fingerprint }) => [
      name,
      services.join(', ') || '-',
      `${expires_at.slice(0, 16).replace('T', ' ')}Z`,
      `${fingerprint.slice(0, 23)}…`,
    ]);
    const head = ['CERTIFICATE', 'SERVICES', 'EXPIRES', 'SHA-256'];
    for (const line of layOutTable([head, ...rows], [])) terminal.line(line);
  }
  if (said !== undefined) terminal.line(said);
  return 0;
}
