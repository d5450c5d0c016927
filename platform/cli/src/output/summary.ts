import type { FleetNote } from '@mainstay/controller';
import type { FleetStatus } from '@mainstay/controller/client';
import type { Terminal } from './terminal.ts';
import { showBytes, showDuration } from './units.ts';

/** What the page at the end of a start is made of. */
export interface Summary {
  readonly notes: readonly FleetNote[];
  readonly status: FleetStatus;
  readonly tookMs: number;
  readonly isDetached: boolean;
}

/** Prints the short page at the end of a start: the notes of the fleet file, and how to go on. */
export function printSummary(terminal: Terminal, { notes, status, tookMs, isDetached }: Summary): void {
  const { name, components, memory_bytes } = status;
  const facts = `${components.length} processes, ${showBytes(memory_bytes)}`;
  terminal.line();
  terminal.line(
    terminal.paint('good', `${name} is up after ${showDuration(tookMs)}`) + terminal.paint('faint', ` (${facts})`),
  );
  for (const { title, lines } of notes) {
    terminal.line();
    terminal.line(terminal.paint('strong', title));
    for (const line of lines) terminal.line(`  ${line}`);
  }
  terminal.line();
  const stop = isDetached ? '`npm run mainstay down` stops it' : 'Ctrl-C stops it';
  terminal.line(
    terminal.paint('faint', `${stop}; \`npm run mainstay status\` and \`npm run mainstay logs\` look at it`),
  );
}
