import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PlatformError } from '@mainstay/kernel';
import { z } from 'zod';
import { controllerReasons } from '../errors.ts';
import { writeAtomically } from './write-atomically.ts';

const fileSchema = z.record(z.string(), z.string().min(16));

/**
 * Secrets of a fleet, each made once, random, and kept in a file only its owner can read.
 *
 * Shape: names such as `internal_key`, `database.orders`, or one of the fleet file; 64 hex digits each.
 */
export class Secrets {
  readonly #path: string;
  readonly #values: Record<string, string>;

  constructor(path: string) {
    this.#path = path;
    this.#values = readSecrets(path);
  }

  /** The secret of a name; made and kept when it is asked for first. */
  get(name: string): string {
    const known = this.#values[name];
    if (known !== undefined) return known;
    const made = randomBytes(32).toString('hex');
    this.#values[name] = made;
    writeAtomically(this.#path, `${JSON.stringify(this.#values, null, 2)}\n`);
    return made;
  }
}

function readSecrets(path: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    // The cause may quote a secret, so it is not passed on.
    const message = `${path} is damaged; restore it, or remove the data directory to begin anew`;
    throw new PlatformError(controllerReasons.FLEET_DATA_UNUSABLE, message);
  }
}
