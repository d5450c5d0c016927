import type { AuditRecord } from '../domain/audit-log.ts';
import { type Entry, stateOf } from '../domain/entry.ts';

/** An instance as the HTTP face shows it; times are UTC in ISO 8601. */
export function instanceJson(entry: Entry): Readonly<Record<string, unknown>> {
  return {
    id: entry.id,
    name: entry.service,
    address: entry.address,
    management_url: entry.managementUrl,
    health: stateOf(entry),
    last_seen: new Date(entry.lastSeenAtMs).toISOString(),
    registered_at: new Date(entry.registeredAtMs).toISOString(),
    load: entry.load,
    metadata: entry.metadata,
  };
}

/** An entry of the audit log as the HTTP face shows it. */
export function auditJson(record: AuditRecord): Readonly<Record<string, unknown>> {
  return {
    at: new Date(record.atMs).toISOString(),
    service: record.service,
    instance_id: record.id,
    event: record.event,
    reason: record.reason,
  };
}
