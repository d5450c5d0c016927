import type { EngineName } from '../../src/engine/choose-engine.ts';

/** An engine of ours on both sides. */
export interface InteropEngine {
  readonly name: EngineName;
  readonly server: { readonly engine: EngineName };
  readonly client: { readonly engine: EngineName };
}

/** Every engine goes through the whole suite, whatever is the default; a new one is one name here. */
export const engines: readonly InteropEngine[] = (['node', 'wire'] as const).map((name) => ({
  name,
  server: { engine: name },
  client: { engine: name },
}));
