import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { backoff } from "../src/events/backoff";
import { coalesce } from "../src/state/coalesce";

describe("back-off", () => {
  it("grows, spreads over half its size, and never exceeds 15 s", () => {
    expect([backoff(0, () => 0), backoff(0, () => 1)]).toEqual([250, 500]);
    expect([backoff(2, () => 0), backoff(2, () => 1)]).toEqual([1_000, 2_000]);
    expect(backoff(50, () => 1)).toBe(15_000);
  });
});

describe("coalesce", () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it("runs once for a burst, and once more for what came while it ran", async () => {
    let runs = 0;
    const ask = coalesce(async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }, 1_000);
    for (let i = 0; i < 20; i++) ask();
    await vi.advanceTimersByTimeAsync(10);
    expect(runs).toBe(1);
    ask();
    ask();
    await vi.advanceTimersByTimeAsync(900);
    expect(runs).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(runs).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(runs).toBe(2);
  });
});
