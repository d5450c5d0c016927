import type { ComponentStatus, FleetStatus } from '@mainstay/controller/client';
import { layOutTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { showBytes, showDuration } from './units.ts';

const head = ['SERVICE', 'INSTANCE', 'VERSION', 'HEALTH', 'UPTIME', 'MEMORY', 'RESTARTS'];

/** Health and state in one word: what it is when it runs, else why it does not. */
function showHealth({ state, health }: ComponentStatus): string {
  return state === 'running' ? health.replace('_', ' ') : state;
}

function styleOf(health: string): Style {
  if (health === 'ready') return 'good';
  return health === 'stopped' || health === 'unreachable' ? 'bad' : 'warning';
}

/** Prints a fleet as a table with the memory of all at the end. */
export function printStatus(terminal: Terminal, status: FleetStatus): void {
  const rows = status.components.map((component) => [
    component.name,
    component.instance_id ?? '-',
    component.version ?? '-',
    showHealth(component),
    showDuration(component.uptime_ms),
    showBytes(component.memory_bytes),
    String(component.restarts),
  ]);
  const paint = (cell: string, column: string, row: number): string => {
    if (row === 0) return terminal.paint('faint', cell);
    return column === 'HEALTH' ? terminal.paint(styleOf(cell.trim()), cell) : cell;
  };
  const placement = status.placement === 'single' ? 'one process for all services' : 'a process for each service';
  terminal.line(`${terminal.paint('strong', status.name)} ${status.version}, ${status.state}, ${placement}`);
  terminal.line(`data in ${status.data_dir}`);
  terminal.line();
  for (const line of layOutTable([head, ...rows], ['UPTIME', 'MEMORY', 'RESTARTS'], paint)) terminal.line(line);
  for (const { name, services } of status.components) {
    if (services.length > 1) terminal.line(`${name} hosts ${services.join(', ')}`);
  }
  terminal.line();
  terminal.line(`memory of the whole fleet: ${showBytes(status.memory_bytes)}`);
}
