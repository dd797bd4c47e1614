import { describe, expect, it } from "vitest";
import { percent, roughly } from "../src/words/figures";

describe("rates", () => {
  it.each([
    [null, "—"],
    [undefined, "—"],
    [0, "0.0%"],
    [0.9499, "94.9%"],
    [0.95, "95.0%"],
    [0.9996, "99.9%"],
    [1, "100.0%"],
  ])("%s reads %s: nothing counted is no value, and what misses its target never looks as if it met it", (rate, text) =>
    expect(percent(rate)).toBe(text),
  );
});

it("an expected wait is told roughly", () => {
  expect([2, 8, 41, 59, 61, 95].map(roughly)).toEqual(["5秒", "10秒", "45秒", "60秒", "1分", "2分"]);
});
