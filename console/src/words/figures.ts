/** Figures as a leader reads them; what cannot be counted is a dash, never 0 or 100 %. */

/** 0.9583 → "95.8%". Rounded down: 94.96 % is not yet 95. */
export function percent(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return "—";
  return `${(Math.floor(rate * 1000 + 1e-9) / 10).toFixed(1)}%`;
}

/** An expectation is not a stopwatch: 8 → "10 秒", 95 → "2 分". */
export function roughly(seconds: number): string {
  return seconds < 60 ? `${Math.max(5, Math.ceil(seconds / 5) * 5)}秒` : `${Math.round(seconds / 60)}分`;
}
