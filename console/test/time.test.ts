import { describe, expect, it } from "vitest";
import { dialled } from "../src/words/number";
import { day, duration, epoch } from "../src/words/time";

describe("durations", () => {
  it.each([
    [0, "00:00"],
    [75.9, "01:15"],
    [3599, "59:59"],
    [3723, "1:02:03"],
    [-4, "00:00"],
  ])("%d s reads %s", (seconds, text) => expect(duration(seconds)).toBe(text));
});

it("shows the year only when it is another one", () => {
  const now = epoch("2026-11-24T10:00:00");
  expect(day("2026-11-23T09:05:00", now)).toBe("11-23 09:05");
  expect(day("2025-11-23T09:05:00", now)).toBe("2025-11-23 09:05");
});

it("shows a number as a seat would dial it", () => {
  expect(dialled("+8613904760001")).toBe("13904760001");
  expect(dialled("+864768200000")).toBe("04768200000");
  expect(dialled("+12025550100")).toBe("+12025550100");
  expect(dialled("12345")).toBe("12345");
});
