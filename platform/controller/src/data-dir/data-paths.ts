import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where everything of a fleet lies. */
export interface DataPaths {
  readonly root: string;
  readonly lock: string;
  readonly secrets: string;
  readonly processes: string;
  readonly logs: string;
  readonly postgres: string;
  readonly socket: string;
  /** Authority and certificates of the fleet. */
  readonly certificates: string;
}

/**
 * Longest path of a unix socket: the kernel has 108 bytes with the closing zero (Linux), 104 on macOS.
 *
 * @see unix(7)
 */
const maxSocketPathBytes = process.platform === 'linux' ? 107 : 103;

/** Names the files of a data directory; `root` must be absolute. */
export function dataPaths(root: string): DataPaths {
  return {
    root,
    lock: join(root, 'controller.lock'),
    secrets: join(root, 'secrets.json'),
    processes: join(root, 'processes.json'),
    logs: join(root, 'logs'),
    postgres: join(root, 'postgres'),
    socket: socketPath(root),
    certificates: join(root, 'certificates'),
  };
}

/** The log of a component. */
export function logPath(paths: DataPaths, component: string): string {
  return join(paths.logs, `${component}.log`);
}

/** Socket in the data directory, or, where its path would be too long, in the temporary directory under a hash. */
function socketPath(root: string): string {
  const inside = join(root, 'control.sock');
  if (Buffer.byteLength(inside) <= maxSocketPathBytes) return inside;
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 24);
  return join(tmpdir(), `mainstay-${hash}.sock`);
}
