import type { FleetEvent } from '@mainstay/controller';
import { type Clock, systemClock } from '@mainstay/kernel';
import type { Terminal } from './terminal.ts';
import { showDuration } from './units.ts';

/** Shows what happens to a fleet. */
export interface Progress {
  onEvent(event: FleetEvent): void;
  /** Ends the live lines; later events are plain lines. */
  finish(): void;
}

/** Live lines on a terminal that can move its cursor, plain lines elsewhere. */
export function createProgress(terminal: Terminal, clock: Clock = systemClock): Progress {
  return terminal.isTty && process.env.TERM !== 'dumb' ? createLive(terminal, clock) : createPlain(terminal);
}

/** One event as one line; undefined for events that say nothing to a person by themselves. */
function describeEvent(event: FleetEvent): string | undefined {
  switch (event.type) {
    case 'starting':
      return undefined;
    case 'progress':
      return `${event.component}: ${event.line}`;
    case 'ready':
      return `${event.component}: ready after ${showDuration(event.tookMs)}`;
    case 'crashed':
      return `${event.component}: crashed, ${event.why}; starts again in ${(event.restartInMs / 1_000).toFixed(2)} s`;
    case 'stopping':
      return undefined;
    case 'stopped':
      return `${event.component}: stopped${event.why === undefined ? '' : `, ${event.why}`}`;
  }
}

function createPlain(terminal: Terminal): Progress {
  return {
    onEvent(event) {
      const line = describeEvent(event);
      if (line !== undefined) terminal.line(event.type === 'crashed' ? terminal.paint('warning', line) : line);
    },
    finish: () => undefined,
  };
}

interface Row {
  readonly since: number;
  readonly state: 'starting' | 'ready' | 'stopping' | 'stopped';
  readonly note: string;
}

/** How often the seconds move, in milliseconds. */
const frameMs = 100;

function createLive(terminal: Terminal, clock: Clock): Progress {
  const plain = createPlain(terminal);
  const rows = new Map<string, Row>();
  let drawnCount = 0;
  let isLive = true;
  let cancel: () => void = () => undefined;

  const erase = (): void => {
    if (drawnCount > 0) terminal.write(`\x1b[${drawnCount}A\x1b[0J`);
    drawnCount = 0;
  };
  const draw = (): void => {
    erase();
    for (const [name, row] of rows) terminal.line(showRow(terminal, name, { row, nowMs: clock.monotonicMs() }));
    drawnCount = rows.size;
  };
  const tick = (): void => {
    draw();
    cancel = clock.after(frameMs, tick);
  };
  tick();
  return {
    onEvent(event) {
      if (!isLive) return plain.onEvent(event);
      const state = { starting: 'starting', ready: 'ready', stopping: 'stopping', stopped: 'stopped' } as const;
      if (event.type === 'progress' || event.type === 'crashed') {
        erase();
        plain.onEvent(event);
      } else {
        const note = event.type === 'ready' ? showDuration(event.tookMs) : '';
        rows.set(event.component, { since: clock.monotonicMs(), state: state[event.type], note });
      }
      draw();
    },
    finish() {
      if (!isLive) return;
      isLive = false;
      cancel();
      draw();
    },
  };
}

function showRow(terminal: Terminal, name: string, at: { readonly row: Row; readonly nowMs: number }): string {
  const { state, since, note } = at.row;
  const looks = {
    starting: ['warning', '…'],
    ready: ['good', '✓'],
    stopping: ['warning', '…'],
    stopped: ['faint', '■'],
  } as const;
  const [style, mark] = looks[state];
  const isOver = state === 'ready' || state === 'stopped';
  const seconds = isOver ? note : showDuration(at.nowMs - since);
  return `  ${terminal.paint(style, mark)} ${name.padEnd(16)} ${state.padEnd(9)} ${terminal.paint('faint', seconds)}`;
}
