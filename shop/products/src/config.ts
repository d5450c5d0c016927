import { address, defineConfig } from '@mainstay/config';
import { z } from 'zod';

const positive = z.coerce.number().int().positive();

/** Settings of the products service; the environment name is `PRODUCTS_` and the key in upper case. */
export const productsConfig = defineConfig({
  name: 'products',
  keys: {
    'reservations.hold_ms': {
      schema: positive.min(1_000),
      default: 900_000,
      unit: 'ms',
      description: 'How long stock is held for an order that is being placed',
      reloadable: false,
    },
    'reservations.sweep_interval_ms': {
      schema: positive.min(100),
      default: 5_000,
      unit: 'ms',
      description: 'How often expired holds are looked for',
      reloadable: false,
    },
    'demo.catalogue': {
      schema: z.enum(['auto', 'on', 'off']),
      default: 'auto',
      description: 'Fill an empty shop with the demo catalogue, once; `auto` does so in local mode only',
      reloadable: false,
    },
  },
});

/** What the import of products needs of them. */
export const importConfig = defineConfig({
  name: 'products',
  keys: {
    'database.url': {
      schema: address(['postgres', 'postgresql']),
      secret: true,
      description: 'postgres://role:password@host:port/database of the service',
      reloadable: false,
    },
  },
});
