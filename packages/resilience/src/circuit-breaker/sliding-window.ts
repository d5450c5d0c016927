/** Results of the last `windowMs`, counted in slices so that old ones drop out without a timer. */
export interface SlidingWindow {
  /** Counts one result at this time. */
  record(nowMs: number, failed: boolean): void;
  /** Results still inside the window at this time. */
  totals(nowMs: number): { readonly calls: number; readonly failures: number };
  clear(): void;
}

const sliceCount = 10;

/**
 * Makes a window of ten slices; what it holds is between 90 % and 100 % of its length old.
 *
 * Cost: two arrays of ten numbers, nothing per result.
 */
export function createSlidingWindow(windowMs: number): SlidingWindow {
  const sliceMs = windowMs / sliceCount;
  const calls = new Uint32Array(sliceCount);
  const failures = new Uint32Array(sliceCount);
  let head = Number.NEGATIVE_INFINITY;
  let callTotal = 0;
  let failureTotal = 0;

  const clear = (): void => {
    calls.fill(0);
    failures.fill(0);
    callTotal = 0;
    failureTotal = 0;
  };
  const moveTo = (nowMs: number): number => {
    const slice = Math.floor(nowMs / sliceMs);
    if (slice - head >= sliceCount) clear();
    else {
      for (let passed = head + 1; passed <= slice; passed++) {
        const index = indexOf(passed);
        callTotal -= calls[index]!;
        failureTotal -= failures[index]!;
        calls[index] = 0;
        failures[index] = 0;
      }
    }
    // A clock that goes back counts into the newest slice.
    head = Math.max(head, slice);
    return indexOf(head);
  };

  return {
    record(nowMs, failed) {
      const index = moveTo(nowMs);
      calls[index]! += 1;
      callTotal += 1;
      if (!failed) return;
      failures[index]! += 1;
      failureTotal += 1;
    },
    totals(nowMs) {
      moveTo(nowMs);
      return { calls: callTotal, failures: failureTotal };
    },
    clear,
  };
}

function indexOf(slice: number): number {
  return ((slice % sliceCount) + sliceCount) % sliceCount;
}
