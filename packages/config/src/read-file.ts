import { readFileSync } from 'node:fs';
import { PlatformError } from '@mainstay/kernel';
import { LineCounter, parseDocument } from 'yaml';
import { configReasons } from './errors.ts';

/** A configuration file's content as a mapping, with the name that errors show. */
export interface FileSource {
  readonly label: string;
  readonly sections: Readonly<Record<string, unknown>>;
}

/**
 * Reads a YAML file, or takes an object that was parsed elsewhere.
 *
 * A syntax error names kind, line and column, never the text: the line may hold a secret.
 *
 * @throws {@link PlatformError} `failed_precondition` / `CONFIG_FILE_UNREADABLE`.
 */
export function readConfigFile(file: string | URL | Readonly<Record<string, unknown>> | undefined): FileSource {
  if (file === undefined) return { label: 'no file', sections: {} };
  if (typeof file !== 'string' && !(file instanceof URL)) return { label: 'the given object', sections: file };
  const label = file instanceof URL ? file.pathname : file;
  const lines = new LineCounter();
  const document = parseDocument(readText(file, label), {
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  });
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw unreadable(`${label} is not valid YAML: ${problem.code} at line ${line}, column ${col}`);
  }
  const content = toObject(document, label);
  if (content === null || content === undefined) return { label, sections: {} };
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw unreadable(`${label} must be a mapping of section names at its top level`);
  }
  return { label, sections: content as Record<string, unknown> };
}

function readText(file: string | URL, label: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw unreadable(`${label} cannot be read: ${code}`, error);
  }
}

function toObject(document: ReturnType<typeof parseDocument>, label: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    // The library's message may quote an alias; the limit and unresolved names are the only ways to get here.
    throw unreadable(`${label} uses an unknown alias or too many aliases`);
  }
}

function unreadable(message: string, cause?: unknown): PlatformError {
  return new PlatformError(configReasons.CONFIG_FILE_UNREADABLE, message, cause === undefined ? {} : { cause });
}
