/** What the tools read of an entry of package-lock.json. */
export interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[] | string;
  readonly cpu?: readonly string[] | string;
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The part of package-lock.json that matters: entries by their place in the tree, `''` for the root. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

/** An optional dependency that the lock file does not know. */
export interface MissingOptional {
  /** Place of the package that asks for it. */
  readonly askedBy: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Finds optional dependencies without an entry.
 *
 * npm leaves out what the registry it asked does not have, mostly binaries for other systems, and `npm ci` then stops.
 */
export function findMissingOptionals(lock: LockFile): MissingOptional[] {
  return Object.entries(lock.packages).flatMap(([askedBy, entry]) =>
    Object.entries(entry.optionalDependencies ?? {})
      .filter(([name]) => !placesFor(askedBy, name).some((place) => place in lock.packages))
      .map(([name, version]) => ({ askedBy, name, version })),
  );
}

// Where Node looks for a package, from the place that asks up to the root.
function placesFor(askedBy: string, name: string): string[] {
  const parts = askedBy === '' ? [] : askedBy.split('/');
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const inside = folders.filter((folder) => !folder.endsWith('node_modules'));
  return [...inside.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
}

const systems = ['darwin', 'linux', 'win32', 'android', 'freebsd', 'openharmony'];
const processors = ['arm64', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'arm'];

/**
 * Makes the entry of a binary for another system from its name, with system and processor, so that npm passes over it.
 *
 * @returns undefined when the version is a range or the name does not tell the system.
 */
export function entryFromName({ name, version }: MissingOptional, isDev: boolean): LockEntry | undefined {
  const words = (name.split('/').at(-1) ?? name).replace('armv7', 'arm').split('-');
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (os === undefined || cpu === undefined || !/^\d+\.\d+\.\d+$/.test(version)) return undefined;
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  const namesLibc = words.some((word) => /^(musl|gnu)/.test(word));
  return {
    version,
    cpu: [cpu],
    ...(isDev ? { dev: true } : {}),
    ...(namesLibc ? { libc: [libc] } : {}),
    optional: true,
    os: [os],
  };
}
