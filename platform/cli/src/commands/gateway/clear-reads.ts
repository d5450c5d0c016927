import { layOutTable } from '../../output/table.ts';
import type { Terminal } from '../../output/terminal.ts';
import { findGateway, type GatewayOptions } from './management.ts';

interface ShownClearRead {
  readonly at: string;
  readonly user_id: string;
  readonly roles: readonly string[];
  readonly client: string;
  readonly method: string;
  readonly path: string;
  readonly trace_id: string;
  readonly fields: readonly string[];
  readonly grants: readonly string[];
}

/** Prints who was shown personal data of others in the clear, the newest first. */
export async function gatewayClearReads(options: GatewayOptions, terminal: Terminal): Promise<number> {
  const gateway = await findGateway(options);
  const { kept, clear_reads: reads } = await gateway.get<{
    readonly kept: boolean;
    readonly clear_reads: readonly ShownClearRead[];
  }>('/gateway/clear-reads');
  if (options.json === true) {
    terminal.line(JSON.stringify(reads, null, 2));
    return 0;
  }
  if (!kept) terminal.line('the gateway has no database: the record is in its log alone');
  const rows = reads.map(({ at, user_id, roles, method, path, trace_id, fields, grants }) => [
    at,
    user_id,
    roles.join(', '),
    grants.join(', ') || '-',
    method,
    path,
    trace_id,
    fields.join(', '),
  ]);
  const head = ['AT', 'USER', 'ROLES', 'GRANTS', 'METHOD', 'PATH', 'TRACE', 'FIELDS'];
  for (const line of layOutTable([head, ...rows], [])) terminal.line(line);
  return 0;
}
