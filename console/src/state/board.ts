/** The hall at a glance: live calls and groups. Events patch what is known; what is not is read again, seldom. */
import { computed, reactive, ref, shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { CallRow, Group } from "../api/types";
import { epoch } from "../words/time";
import { coalesce } from "./coalesce";

const WAITING = new Set(["waiting", "greeting", "plain"]);
const LIST_LIMIT = 200;

export class Board {
  readonly calls = reactive(new Map<string, CallRow>());
  readonly groups = shallowRef<Group[]>([]);
  readonly stale = ref(false);
  /** Waiting first, the longest wait on top; then the others, newest on top. */
  readonly sorted = computed(() =>
    [...this.calls.values()].sort((a, b) => {
      const wa = isWaiting(a);
      if (wa !== isWaiting(b)) return wa ? -1 : 1;
      return wa ? since(a) - since(b) : since(b) - since(a);
    }),
  );
  readonly waiting = computed(() => {
    const listed = [...this.calls.values()].filter(isWaiting).length;
    return Math.max(listed, ...this.groups.value.map((g) => g.waiting), 0);
  });
  readonly readCalls: () => void;
  readonly readGroups: () => void;

  constructor(private readonly api: Api) {
    this.readCalls = coalesce(() => this.tolerant(() => this.fetchCalls()), 1_500);
    this.readGroups = coalesce(() => this.tolerant(() => this.fetchGroups()), 1_000);
  }

  refresh(): void {
    this.readCalls();
    this.readGroups();
  }

  changed(id: string, data: Record<string, unknown>): void {
    const row = this.calls.get(id);
    if (row === undefined) {
      this.readCalls();
      return;
    }
    if (typeof data.state === "string") row.state = data.state;
    if (typeof data.seat === "string" || data.seat === null) row.seat = data.seat;
  }

  ended(id: string): void {
    this.calls.delete(id);
  }

  private async fetchCalls(): Promise<void> {
    const page = await this.api.calls({ state: "live", limit: LIST_LIMIT });
    const seen = new Set(page.items.map((row) => row.id));
    for (const id of this.calls.keys()) if (!seen.has(id)) this.calls.delete(id);
    for (const row of page.items) this.calls.set(row.id, row);
  }

  private async fetchGroups(): Promise<void> {
    this.groups.value = await this.api.groups();
  }

  /** A board that cannot be read says so and keeps the last picture; the next event or the link's return reads it again. */
  private async tolerant(job: () => Promise<void>): Promise<void> {
    try {
      await job();
      this.stale.value = false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.stale.value = true;
    }
  }
}

export function isWaiting(row: CallRow): boolean {
  return WAITING.has(row.state ?? "");
}

export function since(row: CallRow): number {
  return row.waiting_since_ms ?? epoch(row.arrived_at);
}
