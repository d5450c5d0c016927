import { defineReasons } from '@mainstay/kernel';

/** Reasons that sealed values can raise. */
export const sealingReasons = defineReasons({
  SEAL_BROKEN: {
    code: 'data_loss',
    executed: 'no',
    retry: 'never',
    summary: 'A sealed value does not open: the key is another one, it belongs to something else, or it was changed',
    operator: 'Compare the key of the service with the one the value was sealed with',
  },
});
