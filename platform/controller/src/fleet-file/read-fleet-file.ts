import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { PlatformError } from '@mainstay/kernel';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { controllerReasons } from '../errors.ts';
import { locate, type Problem } from './located-problems.ts';
import { placeholdersIn } from './placeholders.ts';
import { type FleetFile, fleetFileSchema } from './schema.ts';

/** Name of the fleet file in the root of a project. */
export const fleetFileName = 'fleet.yaml';

/**
 * Reads and checks the fleet file of a directory.
 *
 * @throws {@link PlatformError} `FLEET_FILE_INVALID` with line and path of every problem.
 */
export function readFleetFile(root: string): FleetFile {
  const path = join(root, fleetFileName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new PlatformError(controllerReasons.FLEET_FILE_INVALID, `${path} cannot be read: ${code}`, { cause });
  }
  return parseFleetFile(text, path);
}

/**
 * Checks the text of a fleet file.
 *
 * @param path - for messages, and paths in the file are relative to its directory.
 */
export function parseFleetFile(text: string, path: string): FleetFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const refuse = (problems: readonly string[]): PlatformError =>
    new PlatformError(controllerReasons.FLEET_FILE_INVALID, `${path}: ${problems.join('; ')}`);
  const syntax = document.errors.map(({ pos, message }) => `line ${lines.linePos(pos[0]).line}: ${message}`);
  if (syntax.length > 0) throw refuse(syntax);

  const result = fleetFileSchema.safeParse(document.toJS());
  const problems = result.success
    ? crossCheck(result.data, resolve(dirname(path)))
    : result.error.issues.flatMap((issue) => problemsOf(issue));
  if (problems.length > 0) throw refuse(problems.map((problem) => locate(problem, document, lines)));
  return result.data as FleetFile;
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is no key of the fleet file' }));
}

function crossCheck(file: FleetFile, root: string): Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<string>(['postgres', 'bus']);
  file.processes.forEach((entry, i) => {
    const path = ['processes', i];
    if (seen.has(entry.name)) problems.push({ path: [...path, 'name'], message: `${entry.name} is taken` });
    seen.add(entry.name);
    for (const key of ['entry', 'definition'] as const) {
      const target = entry[key]?.split('#')[0];
      if (target !== undefined && !existsSync(resolve(root, target))) {
        problems.push({ path: [...path, key], message: `there is no file ${target}` });
      }
    }
    if (entry.definition !== undefined && !/^[^#]+#[A-Za-z_$][\w$]*$/.test(entry.definition)) {
      problems.push({ path: [...path, 'definition'], message: 'must be <path>#<export>' });
    }
    entry.ports.forEach((port, j) => {
      if (!(port in file.ports)) problems.push({ path: [...path, 'ports', j], message: `there is no port ${port}` });
    });
  });
  return [...problems, ...unknownPlaceholders(file)];
}

function unknownPlaceholders(file: FleetFile): Problem[] {
  const known = new Set(['data', 'root', 'offset']);
  for (const port of Object.keys(file.ports)) known.add(`port.${port}`);
  for (const secret of file.secrets) known.add(`secret.${secret}`);
  const problems: Problem[] = [];
  const visit = (value: unknown, path: readonly PropertyKey[]): void => {
    if (typeof value === 'string') {
      for (const name of placeholdersIn(value)) {
        if (!known.has(name)) problems.push({ path, message: `\${${name}} is not known` });
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value))
        visit(inner, [...path, Array.isArray(value) ? Number(key) : key]);
    }
  };
  visit(file, []);
  return problems;
}
