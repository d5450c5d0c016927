import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isPlatformError, type Logger, PlatformError } from '@mainstay/kernel';
import { cardNetworkReasons as reasons } from '../errors.ts';

/** How a journal is opened. */
export interface JournalOptions {
  readonly path: string;
  /** Called for each line that is already there, in order, with its number from 1; may throw to refuse it. */
  readonly onLine: (line: string, lineNumber: number) => void;
  readonly logger: Logger;
}

/**
 * An append-only file of lines.
 *
 * Lines that arrive while a write runs are written and synced together after it. The first failed write ends the
 * journal: every later call fails too, because what stands on disk is then unknown until the file is read again.
 */
export interface Journal extends AsyncDisposable {
  /** Resolves when the line is on disk. */
  append(line: string): Promise<void>;
  /** Resolves when every line appended so far is on disk. */
  settled(): Promise<void>;
  /** The failure that ended the journal, if any. */
  failure(): PlatformError | undefined;
}

/**
 * Opens or makes a journal; a last line without its end, left by a crash, is cut off.
 *
 * @throws {@link PlatformError} whatever `onLine` throws, with the line number in front.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const file = await open(options.path, 'a+', 0o600);
  try {
    const keptBytes = await replay(file, options);
    await file.truncate(keptBytes);
    await file.sync();
    await using directory = await open(dirname(options.path), 'r');
    await directory.sync();
  } catch (error) {
    await file.close();
    throw error;
  }
  return startWriting(file);
}

async function replay(file: FileHandle, { path, onLine, logger }: JournalOptions): Promise<number> {
  const content = await file.readFile();
  let start = 0;
  for (let lineNumber = 1; ; lineNumber++) {
    const end = content.indexOf(0x0a, start);
    if (end === -1) break;
    try {
      onLine(content.toString('utf8', start, end), lineNumber);
    } catch (error) {
      const detail = isPlatformError(error) ? error.rawMessage : String(error);
      throw new PlatformError(reasons.CARD_NETWORK_LEDGER_DAMAGED, `${path} line ${lineNumber}: ${detail}`, {
        cause: error,
      });
    }
    start = end + 1;
  }
  const tornBytes = content.length - start;
  if (tornBytes > 0) logger.warn('a cut-off last line was dropped from the ledger', { path, tornBytes });
  return start;
}

function startWriting(file: FileHandle): Journal {
  let pending: string[] = [];
  let scheduled = false;
  let lastBatch: Promise<void> = Promise.resolve();
  let failure: PlatformError | undefined;

  const writeBatch = async (): Promise<void> => {
    scheduled = false;
    const batch = pending.join('');
    pending = [];
    if (failure !== undefined) throw failure;
    try {
      await file.appendFile(batch);
      await file.datasync();
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      failure = new PlatformError(reasons.CARD_NETWORK_LEDGER_UNWRITABLE, `the ledger cannot be written: ${detail}`, {
        cause,
      });
      throw failure;
    }
  };
  return {
    append(line) {
      pending.push(`${line}\n`);
      if (!scheduled) {
        scheduled = true;
        lastBatch = lastBatch.then(writeBatch, writeBatch);
      }
      return lastBatch;
    },
    settled: () => lastBatch,
    failure: () => failure,
    async [Symbol.asyncDispose]() {
      // What could not be written was told to whoever appended it; closing only waits for it.
      await lastBatch.catch(() => undefined);
      await file.close();
    },
  };
}
