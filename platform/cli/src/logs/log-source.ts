import { existsSync, readdirSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PlatformError } from '@mainstay/kernel';
import { cliReasons } from '../errors.ts';
import { type LogLine, timeOf } from './format-line.ts';

const chunkBytes = 65_536;

/**
 * Names the logs of a directory.
 *
 * @param wanted - one name, or undefined for all.
 * @throws {@link PlatformError} `CLI_LOG_UNKNOWN` with the names there are.
 */
export function findLogs(directory: string, wanted: string | undefined): string[] {
  const files = existsSync(directory) ? readdirSync(directory) : [];
  const names = files.filter((file) => file.endsWith('.log')).map((file) => basename(file, '.log'));
  if (wanted === undefined) return names;
  if (names.includes(wanted)) return [wanted];
  const hint = names.length === 0 ? 'there are no logs yet' : `choose one of ${names.join(', ')}`;
  throw new PlatformError(cliReasons.CLI_LOG_UNKNOWN, `there is no log of ${wanted}; ${hint}`);
}

/**
 * Reads one log: its last lines first, then what is added.
 *
 * A log that has become shorter was rotated and is read from its start.
 */
export class LogSource {
  readonly #name: string;
  readonly #path: string;
  #offset = 0;
  #rest = '';
  #time = '';

  constructor(directory: string, name: string) {
    this.#name = name;
    this.#path = join(directory, `${name}.log`);
  }

  /** The last lines, at most `count`. Cost: reads backwards only as far as needed. */
  async tail(count: number): Promise<LogLine[]> {
    await using file = await open(this.#path, 'r');
    const { size } = await file.stat();
    let start = size;
    let content = Buffer.alloc(0);
    while (start > 0 && countLines(content) <= count) {
      const length = Math.min(chunkBytes, start);
      start -= length;
      content = Buffer.concat([await readAt(file, start, length), content]);
    }
    this.#offset = size;
    const lines = this.#split(content.toString('utf8'));
    return (start > 0 ? lines.slice(1) : lines).slice(-count || lines.length);
  }

  /** Whole lines added since the last call. */
  async more(): Promise<LogLine[]> {
    await using file = await open(this.#path, 'r');
    const { size } = await file.stat();
    if (size < this.#offset) {
      this.#offset = 0;
      this.#rest = '';
    }
    const added = await readAt(file, this.#offset, size - this.#offset);
    this.#offset += added.length;
    return this.#split(added.toString('utf8'));
  }

  #split(text: string): LogLine[] {
    const parts = (this.#rest + text).split('\n');
    this.#rest = parts.pop() ?? '';
    return parts
      .filter((raw) => raw !== '')
      .map((raw) => {
        this.#time = timeOf(raw) ?? this.#time;
        return { source: this.#name, raw, time: this.#time };
      });
  }
}

function countLines(content: Buffer): number {
  let count = 0;
  for (const byte of content) if (byte === 0x0a) count++;
  return count;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** Lines of several logs in the order of their times; lines of one log keep their order. */
export function inOrder(lines: readonly LogLine[]): LogLine[] {
  return lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}
