/**
 * The hall at a glance: live calls, groups, seats by state. Events patch what is known. An event names a call but not
 * its caller, so a new call shows at once without a number and the list is read again soon: seldom enough that
 * hundreds of consoles do not press the desk.
 */
import { computed, reactive, ref, shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { CallRow, Group, LiveCall, Seat, SeatStateName } from "../api/types";
import { epoch } from "../words/time";
import { coalesce } from "./coalesce";

const LIST_LIMIT = 100;

export interface BoardRow extends CallRow {
  /** since when it is in this state; epoch ms */
  changed_ms?: number;
}

export class Board {
  readonly calls = reactive(new Map<string, BoardRow>());
  readonly groups = shallowRef<Group[]>([]);
  readonly seats = reactive(new Map<string, SeatStateName>());
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
    return Math.max(listed, ...this.groups.value.map((g) => g.waiting));
  });
  readonly seatsBy = computed(() => {
    const by: Partial<Record<SeatStateName, number>> = {};
    for (const state of this.seats.values()) by[state] = (by[state] ?? 0) + 1;
    return by;
  });
  private readonly readCalls = coalesce(() => this.tolerant(() => this.fetchCalls()), 3_000);
  private readonly readGroups = coalesce(() => this.tolerant(() => this.fetchGroups()), 1_500);
  private readonly readSeats = coalesce(() => this.tolerant(() => this.fetchSeats()), 3_000);

  constructor(private readonly api: Api) {}

  refresh(): void {
    this.readCalls();
    this.readGroups();
    this.readSeats();
  }

  clear(): void {
    this.calls.clear();
    this.seats.clear();
    this.groups.value = [];
  }

  seatChanged(seat: Seat): void {
    this.seats.set(seat.seat, seat.state);
  }

  groupChanged(): void {
    this.readGroups();
  }

  callChanged(call: LiveCall): void {
    const row = this.calls.get(call.call_id);
    const live = { state: call.state, seat: call.seat, waiting_since_ms: call.since_ms, changed_ms: call.changed_ms };
    if (row !== undefined) {
      Object.assign(row, live);
      return;
    }
    this.calls.set(call.call_id, { ...unread(call), ...live });
    this.readCalls();
  }

  callEnded(id: string): void {
    this.calls.delete(id);
  }

  private async fetchCalls(): Promise<void> {
    const page = await this.api.calls({ state: "live", limit: LIST_LIMIT });
    const read = new Map(page.items.map((row) => [row.id, row]));
    for (const id of this.calls.keys()) if (!read.has(id)) this.calls.delete(id);
    for (const row of read.values()) this.calls.set(row.id, row);
  }

  private async fetchGroups(): Promise<void> {
    this.groups.value = await this.api.groups();
  }

  private async fetchSeats(): Promise<void> {
    const seats = await this.api.seats();
    this.seats.clear();
    for (const seat of seats) this.seats.set(seat.seat, seat.state);
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

/** A call known from its event alone. */
function unread(call: LiveCall): CallRow {
  return {
    id: call.call_id,
    caller_masked: "",
    place: "",
    line: "",
    line_name: "",
    department: "",
    origin: "",
    language: null,
    arrived_at: new Date(call.since_ms).toISOString(),
    answered_at: null,
    ended_at: null,
    outcome: null,
    seat: call.seat,
    ticket_no: null,
    state: call.state,
    waiting_since_ms: call.since_ms,
  };
}

export function isWaiting(row: CallRow): boolean {
  return row.state === "waiting" || row.state === null;
}

/** Since when a row has been what it is: a waiting caller since the call was first offered. Epoch ms. */
export function since(row: BoardRow): number {
  if (isWaiting(row)) return row.waiting_since_ms ?? epoch(row.arrived_at);
  return row.changed_ms ?? epoch(row.answered_at ?? row.arrived_at);
}
