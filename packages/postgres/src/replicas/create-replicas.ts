import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createPool } from '../connection/create-pool.ts';
import { createPoolMetrics } from '../connection/pool-metrics.ts';
import type { DatabaseOptions } from '../database-options.ts';
import { resolveReplicaOptions } from '../replica-options.ts';
import { Replica } from './replica.ts';
import { createReplicaMetrics } from './replica-metrics.ts';
import { ReplicaSet } from './replica-set.ts';

/** Makes the replicas of a database, which connect when they are started; undefined without any. */
export function createReplicas(options: DatabaseOptions): ReplicaSet | undefined {
  if (options.replicas === undefined || options.replicas.urls.length === 0) return undefined;
  const resolved = resolveReplicaOptions(options.replicas);
  const { name, logger = silentLogger, clock = systemClock } = options;
  const metrics = createReplicaMetrics(options.meter ?? silentMeter, name);
  const maxConnections = options.replicas.maxConnections ?? options.maxConnections;
  const checks = { maxConnections: 1, acquireTimeoutMs: resolved.checkTimeoutMs };
  const replicas = resolved.urls.map((url, index) => {
    const own = { ...options, url, name: `${name}-replica-${index + 1}` };
    return new Replica({
      name: own.name,
      reads: createPool({ ...own, ...(maxConnections !== undefined && { maxConnections }) }, { isReadOnly: true }),
      checks: createPool({ ...own, ...checks, meter: silentMeter }),
      transactions: createPoolMetrics(options.meter ?? silentMeter, own.name),
      options: resolved,
      metrics,
      logger,
      clock,
    });
  });
  const primary = createPool({ ...options, ...checks, name: `${name}-replica-check`, meter: silentMeter });
  return new ReplicaSet({ name, replicas, primary, options: resolved, metrics, clock });
}
