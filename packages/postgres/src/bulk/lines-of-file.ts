import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Reads a file line by line, from when the first line is asked for: a reader that is opened earlier may lose lines. */
export async function* linesOfFile(path: string): AsyncGenerator<string, void, undefined> {
  const input = createReadStream(path);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } finally {
    input.destroy();
  }
}
