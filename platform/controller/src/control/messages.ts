import { z } from 'zod';
import type { ComponentStatus } from '../component.ts';

/** A fleet as `mainstay status` shows it. */
export interface FleetStatus {
  readonly name: string;
  readonly version: string;
  /** `single` when all services run in one process. */
  readonly placement: 'processes' | 'single';
  readonly state: 'starting' | 'running' | 'stopping';
  readonly data_dir: string;
  readonly port_offset: number;
  readonly components: readonly ComponentStatus[];
  /** Bytes of all components together. */
  readonly memory_bytes: number;
}

/** Body of a command on one component; `env` changes the environment of that one start, for tests. */
export const componentCommandSchema = z.strictObject({
  name: z.string(),
  env: z.record(z.string(), z.string()).optional(),
});

/** Answer to `POST /environment`. */
export const environmentSchema = z.record(z.string(), z.string());

/** What travels when a command fails. */
export const controlErrorSchema = z.object({ error: z.object({ reason: z.string(), message: z.string() }) });
