/** Bounds in seconds: from a call in the same process to the longest deadline in use. */
export const rpcDurationBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
