import { choice, defineConfig, integer } from '@mainstay/config';

/** The keys about what is answered while a service is away; all of them in section `gateway`. */
export const degradationConfig = defineConfig({
  name: 'degradation',
  keys: {
    'cache.max_bytes': {
      schema: integer({ min: 0 }),
      default: 33_554_432,
      unit: 'By',
      description:
        'Memory for answers that contracts allow to be given again, and that stand in for a service; 0 keeps none',
      reloadable: false,
    },
    'degradation.when_away': {
      schema: choice(['refuse', 'queue']),
      default: 'refuse',
      description:
        'What happens to calls whose service waits for another one that is away, such as orders for payments',
      reloadable: false,
    },
    'degradation.retry_after_ms': {
      schema: integer({ min: 1_000 }),
      default: 10_000,
      unit: 'ms',
      description: 'When clients that were refused so should come back',
      reloadable: false,
    },
  },
});
