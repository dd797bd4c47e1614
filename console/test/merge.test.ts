import { describe, expect, it } from "vitest";
import { missing } from "../src/state/draft";
import { changes, emptyForm, FIELDS, formOf, merge } from "../src/state/merge";

const began = { ...emptyForm(), title: "路灯不亮", content: "小区门口", address: "玉龙大街" };

describe("two people edit one ticket", () => {
  it("keeps both when they touched different fields", () => {
    const merged = merge(began, { ...began, title: "路灯损坏" }, { ...began, address: "玉龙大街 3 号" });
    expect(merged.form.title).toBe("路灯损坏");
    expect(merged.form.address).toBe("玉龙大街 3 号");
    expect(merged.conflicts).toEqual([]);
    expect(merged.taken).toEqual(["address"]);
  });

  it("asks only about a field both changed differently, and keeps mine until then", () => {
    const merged = merge(began, { ...began, content: "我的", urgent: true }, { ...began, content: "对方的", urgent: true });
    expect(merged.conflicts).toEqual(["content"]);
    expect(merged.form.content).toBe("我的");
  });

  it("never asks and never changes anything when nobody else wrote", () => {
    const mine = { ...began, title: "新标题", confidential: true };
    expect(merge(began, mine, began)).toEqual({ form: mine, conflicts: [], taken: [] });
  });

  it("covers every field of the form", () => {
    expect([...FIELDS].sort()).toEqual(Object.keys(emptyForm()).sort());
  });
});

describe("what is sent", () => {
  it("is only what changed", () => {
    expect(changes(began, { ...began, urgent: true })).toEqual({ urgent: true });
    expect(changes(began, { ...began })).toEqual({});
  });

  it("treats a null of the desk as an empty field", () => {
    expect(formOf({ title: "标题", region_code: null, urgent: true })).toEqual({
      ...emptyForm(),
      title: "标题",
      urgent: true,
    });
  });
});

it("says every missing field at once", () => {
  expect(Object.keys(missing(emptyForm()))).toEqual(["kind", "field", "title", "content", "region_code"]);
  expect(missing({ ...began, kind: "投诉", field: "公共服务", region_code: "150402" })).toEqual({});
});
