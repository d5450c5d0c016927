import { test } from 'vitest';
import { registryApiContract } from '../src/testing/index.ts';
import { createMemoryRegistry } from './memory-registry.ts';

const api = createMemoryRegistry();

test.for(registryApiContract())('the registry in memory: $title', async (promise) => {
  await promise.run(api);
});
