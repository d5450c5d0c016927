import { defineReasons } from '@mainstay/kernel';

/** Reasons of telemetry; a wrong measurement is never one of them, it is counted instead. */
export const telemetryReasons = defineReasons({
  METRIC_CONFLICT: {
    code: 'already_exists',
    executed: 'no',
    retry: 'never',
    summary: 'One metric name was declared twice with different kind, labels or buckets',
    operator: 'Nothing; a bug of the code that declares the metric',
  },
});
