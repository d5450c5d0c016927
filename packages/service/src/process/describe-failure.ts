import { isPlatformError, type PlatformError } from '@mainstay/kernel';
import { postgresReasons } from '@mainstay/postgres';

/** How a process ends after a failure. */
export interface Failure {
  /** 1: the operator can correct it and one line says how; 2: a bug. */
  readonly exitCode: 1 | 2;
  /** One line for 1, with the stack for 2. */
  readonly text: string;
}

/** Tells a start error that the operator can correct from a bug. */
export function describeFailure(services: readonly string[], error: unknown): Failure {
  const who = services.join('+');
  if (isPlatformError(error) && isCorrectable(error)) {
    return { exitCode: 1, text: `${who}: ${error.rawMessage.replaceAll(/\s+/g, ' ')} [${error.reason}]` };
  }
  return { exitCode: 2, text: `${who}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}` };
}

function isCorrectable({ code, reason }: PlatformError): boolean {
  // A refused login is internal to callers of a running service, and a wrong password to who starts one.
  return (code !== 'internal' && code !== 'unknown') || reason === postgresReasons.DATABASE_ACCESS_DENIED.name;
}
