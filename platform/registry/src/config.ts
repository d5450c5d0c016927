import { defineConfig, integer, text } from '@mainstay/config';
import { z } from 'zod';

/** Section `registry`. */
export const registryConfig = defineConfig({
  name: 'registry',
  keys: {
    heartbeat_interval_ms: {
      schema: integer({ min: 100, max: 300_000 }),
      default: 15_000,
      unit: 'ms',
      description: 'How often instances prove their life; told to them in every answer',
      reloadable: false,
    },
    suspect_after_missed: {
      schema: integer({ min: 1, max: 100 }),
      default: 2,
      description: 'Missed heartbeats until an instance is used only when no better one is left',
      reloadable: false,
    },
    drain_after_missed: {
      schema: integer({ min: 2, max: 100 }),
      default: 3,
      description: 'Missed heartbeats until an instance is out of routing; more than suspect_after_missed',
      reloadable: false,
    },
    remove_grace_ms: {
      schema: integer({ min: 0 }),
      default: 30_000,
      unit: 'ms',
      description: 'How long an instance out of routing stays known before it is probed and removed',
      reloadable: false,
    },
    probe_timeout_ms: {
      schema: integer({ min: 1, max: 60_000 }),
      default: 5_000,
      unit: 'ms',
      description: 'Longest wait for the answer of a probe before removal',
      reloadable: false,
    },
    watch_repeat_ms: {
      schema: integer({ min: 100, max: 30_000 }),
      default: 15_000,
      unit: 'ms',
      description: 'Silence after which watchers are sent the full picture again, as a sign of life',
      reloadable: false,
    },
    state_file: {
      schema: text().optional(),
      description: 'File that keeps the table over a restart; without it instances register again by themselves',
      reloadable: false,
    },
    http_port: {
      schema: z.number().int().min(0).max(65_535).optional(),
      description: 'Port of the HTTP face, 0 for a free one; default 8500 moved by the offset',
      reloadable: false,
    },
    max_instances: {
      schema: integer({ min: 1 }),
      default: 10_000,
      description: 'Most instances held, so that a loop of registrations cannot eat the memory',
      reloadable: false,
    },
    max_watchers: {
      schema: integer({ min: 1 }),
      default: 1_000,
      description: 'Most watch streams open at once',
      reloadable: false,
    },
    audit_entries: {
      schema: integer({ min: 1, max: 1_000_000 }),
      default: 10_000,
      description: 'Latest comings and goings kept in memory',
      reloadable: false,
    },
  },
});
