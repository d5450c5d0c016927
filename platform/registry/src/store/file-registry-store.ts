import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Logger, PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { registryReasons } from '../errors.ts';
import type { RegistryStore, StoredInstance } from './registry-store.ts';

const fileShape = z.object({
  version: z.literal(1),
  instances: z.array(
    z.object({
      service: z.string().min(1),
      id: z.string().min(1),
      address: z.string().min(1),
      managementUrl: z.string(),
      metadata: z.record(z.string(), z.string()),
      reported: z.enum(['healthy', 'degraded', 'draining', 'unhealthy']),
      load: z.number().int().nonnegative(),
      registeredAtMs: z.number(),
      lastSeenAtMs: z.number(),
    }),
  ),
});

/**
 * Keeps the table in one JSON file, replaced by an atomic rename, so that a crash leaves the old or the new one.
 *
 * A file that cannot be read as a table is moved aside to `<path>.unreadable` and the registry starts empty.
 */
export function fileRegistryStore(path: string, logger: Logger): RegistryStore {
  return {
    async load() {
      let text: string;
      try {
        text = await readFile(path, 'utf8');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
        if (code === 'ENOENT') return [];
        const message = `the state file ${path} cannot be read: ${code}`;
        throw new PlatformError(registryReasons.REGISTRY_STATE_UNREADABLE, message, { cause: error });
      }
      const instances = parse(text);
      if (instances !== undefined) return instances;
      logger.warn('the state file is no table of instances, moved aside and started empty', { path });
      await rename(path, `${path}.unreadable`);
      return [];
    },
    async save(instances) {
      await mkdir(dirname(path), { recursive: true });
      const file = await open(`${path}.new`, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify({ version: 1, instances }, null, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
    },
  };
}

function parse(text: string): readonly StoredInstance[] | undefined {
  try {
    return fileShape.safeParse(JSON.parse(text)).data?.instances;
  } catch {
    // Not JSON: the caller treats it like any other unreadable file.
    return undefined;
  }
}
