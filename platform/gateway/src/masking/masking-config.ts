import { choice, defineConfig, integer, text } from '@mainstay/config';
import { z } from 'zod';
import { clearanceLevels, defaultClearances, defaultHighRoles } from '../identity/clearance.ts';

/** Keys of the configuration that say who is shown what. */
export const maskingConfig = defineConfig({
  name: 'gateway',
  keys: {
    'masking.clearances': {
      schema: z.object({ anonymous: choice(clearanceLevels) }).catchall(choice(clearanceLevels)),
      default: defaultClearances,
      description: 'Most sensitive fields shown, public, low or medium, by role; anonymous is what everybody is shown',
      reloadable: false,
    },
    'masking.high_roles': {
      schema: z.array(text()),
      default: [...defaultHighRoles],
      description: 'Roles that are shown secrets, too, when their key or token has the scope pii.high.read',
      reloadable: false,
    },
    'masking.record_days': {
      schema: integer({ min: 0, max: 36_500 }),
      default: 400,
      unit: 'days',
      description: 'How long it is kept who was shown personal data of others, 0 for ever',
      reloadable: false,
    },
  },
});
