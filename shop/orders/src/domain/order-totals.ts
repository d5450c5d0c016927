/** Counts and revenue of a day or of many. */
export interface OrderCounts {
  readonly placedCount: bigint;
  readonly confirmedCount: bigint;
  readonly cancelledCount: bigint;
  readonly returnedCount: bigint;
  /** One entry for each currency. */
  readonly revenue: readonly Revenue[];
}

/** What was taken in a currency. */
export interface Revenue {
  readonly currencyCode: string;
  readonly minorUnits: bigint;
}

/** What many days come to. */
export interface OrderTotals extends OrderCounts {
  /** Paid orders for each 10,000 recorded, rounded; 0 when none was. */
  readonly conversionBasisPoints: number;
}

/** Adds days up, and tells which share of the orders was paid. */
export function totalsOf(days: readonly OrderCounts[]): OrderTotals & { revenue: Revenue[] } {
  const sum = (countOf: (day: OrderCounts) => bigint): bigint => days.reduce((total, day) => total + countOf(day), 0n);
  const revenue = new Map<string, bigint>();
  for (const { currencyCode, minorUnits } of days.flatMap((day) => day.revenue)) {
    revenue.set(currencyCode, (revenue.get(currencyCode) ?? 0n) + minorUnits);
  }
  const placedCount = sum((day) => day.placedCount);
  const confirmedCount = sum((day) => day.confirmedCount);
  return {
    placedCount,
    confirmedCount,
    cancelledCount: sum((day) => day.cancelledCount),
    returnedCount: sum((day) => day.returnedCount),
    revenue: [...revenue].map(([currencyCode, minorUnits]) => ({ currencyCode, minorUnits })),
    conversionBasisPoints: placedCount === 0n ? 0 : Math.round((Number(confirmedCount) * 10_000) / Number(placedCount)),
  };
}
