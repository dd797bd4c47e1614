/** A list that comes page by page. Only the newest question's answer counts: filters change faster than answers come. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import type { Page } from "../api/types";
import { useGuarded } from "./guarded";

export interface Paged<T> {
  rows: ShallowRef<T[]>;
  /** Empty on the last page. */
  cursor: Ref<string>;
  busy: Ref<boolean>;
  first(): Promise<void>;
  more(): Promise<void>;
  /** Reads again as many rows as are shown, without moving what the person looks at. */
  again(): Promise<void>;
}

export function usePaged<T>(read: (cursor: string, limit: number) => Promise<Page<T>>, size = 50): Paged<T> {
  const rows = shallowRef<T[]>([]);
  const cursor = ref("");
  const { busy, run } = useGuarded();
  let asked = 0;
  async function load(from: string, limit: number, kept: T[]): Promise<void> {
    const mine = ++asked;
    await run(async () => {
      const page = await read(from, limit);
      if (mine !== asked) return;
      rows.value = [...kept, ...page.items];
      cursor.value = page.next_cursor ?? "";
    });
  }
  return {
    rows,
    cursor,
    busy,
    first: () => load("", size, []),
    more: () => load(cursor.value, size, rows.value),
    again: () => load("", Math.min(200, Math.max(size, rows.value.length)), []),
  };
}
