import { renameSync, writeFileSync } from 'node:fs';

/**
 * Replaces a file in one step, so that a reader or a crash never sees half of it; readable by its owner only.
 *
 * Synchronous, because what it records must be on disk before the next thing is started.
 */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
