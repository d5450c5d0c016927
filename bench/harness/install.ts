import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../', import.meta.url));
/** Lock file of what is installed, to see when it has changed since. */
const mark = new URL('../node_modules/.installed-lock.json', import.meta.url);
const lock = new URL('../package-lock.json', import.meta.url);

/** Installs the peers with `npm ci` unless just these are installed; returns false when npm failed. */
export function installPeers(): boolean {
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return true;
  process.stdout.write('installing the peers into bench/node_modules\n');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) return false;
  writeFileSync(mark, wanted);
  return true;
}
