/** Durations and clock times as a seat reads them at a glance. */

const two = (n: number) => String(n).padStart(2, "0");

/** 75 s → "01:15"; an hour or more → "1:02:03". A clock that runs ahead never shows a negative time. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(s / 3600);
  const rest = `${two(Math.floor((s % 3600) / 60))}:${two(s % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** ISO text or epoch ms → epoch ms. */
export function epoch(value: string | number): number {
  return typeof value === "number" ? value : Date.parse(value);
}

/** Time of day, "14:03:22". */
export function clock(value: string | number): string {
  const d = new Date(epoch(value));
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** "11-24 14:03", with the year when it is not this one. */
export function day(value: string | number, now = Date.now()): string {
  const d = new Date(epoch(value));
  const date = `${two(d.getMonth() + 1)}-${two(d.getDate())} ${two(d.getHours())}:${two(d.getMinutes())}`;
  return d.getFullYear() === new Date(now).getFullYear() ? date : `${d.getFullYear()}-${date}`;
}
