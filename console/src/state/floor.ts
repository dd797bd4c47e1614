/**
 * The shift leader's picture of the hall: every seat, every waiting call, groups, alarms. Events patch it at once; what
 * they do not tell (a caller's masked number, the day's figures) is read again soon, at most once a second.
 */
import { computed, ref, shallowReactive, shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { Alarm, BoardGroup, BoardSeat, CallBrief, Day, Ghost, LiveCall, Seat } from "../api/types";
import type { StreamEvent } from "../events/stream";
import { coalesce } from "./coalesce";

const READ_MS = 1_000;
/** The ledger writes a little after the event: then the day's figures have moved. */
const LEDGER_MS = 1_200;

export class Floor {
  readonly groups = shallowRef<BoardGroup[]>([]);
  readonly day = shallowRef<Day | null>(null);
  readonly ghosts = shallowRef<Ghost[]>([]);
  readonly alarms = shallowReactive(new Map<string, Alarm>());
  readonly calls = shallowReactive(new Map<string, CallBrief>());
  readonly waitingTotal = ref(0);
  readonly stale = ref(false);
  readonly known = ref(false);
  /** Replaced as a whole when one seat changes: a card is drawn anew only when its own entry is another object. */
  readonly seats = shallowReactive(new Map<string, BoardSeat>());
  /** The longest wait on top. */
  readonly waiting = computed(() =>
    [...this.calls.values()].filter((c) => c.state === "waiting").sort((a, b) => a.since_ms - b.since_ms),
  );
  readonly standing = computed(() =>
    [...this.alarms.values()].sort((a, b) => Number(b.level === "bad") - Number(a.level === "bad") || a.raised_ms - b.raised_ms),
  );
  private watched = false;
  private leading = false;
  private readonly read = coalesce(() => this.tolerant(), READ_MS);
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly api: Api) {}

  /** Alarms are followed from the first moment on, whatever page is shown. */
  start(leads: boolean): void {
    this.leading = leads;
    if (leads) this.read();
  }

  stop(): void {
    this.leading = false;
    clearTimeout(this.later);
    for (const map of [this.alarms, this.calls, this.seats]) map.clear();
    this.groups.value = [];
    this.ghosts.value = [];
    this.known.value = false;
  }

  /** While the page is in front everything is kept up to date. */
  watch(on: boolean): void {
    this.watched = on;
    if (on) this.read();
  }

  received(event: StreamEvent): void {
    if (!this.leading) return;
    if (event.type === "alarm") this.alarm(event.data as unknown as Alarm & { cleared: boolean });
    else if (event.type === "resync" || event.type === "recovered") this.read();
    if (!this.watched) return;
    switch (event.type) {
      case "seat.changed":
        this.seatChanged(event.data as unknown as Seat);
        break;
      case "call.changed":
        this.callChanged(event.data as unknown as LiveCall);
        break;
      case "call.ended":
        this.calls.delete(String(event.data.call_id));
        this.readAfterLedger();
        break;
      case "group.changed":
        this.groupChanged(event.data);
        break;
      case "repair":
        this.read();
        break;
    }
  }

  private alarm(alarm: Alarm & { cleared: boolean }): void {
    if (alarm.cleared) this.alarms.delete(alarm.id);
    else this.alarms.set(alarm.id, alarm);
  }

  private seatChanged(seat: Seat): void {
    const before = this.seats.get(seat.seat);
    if (before === undefined) {
      this.read();
      return;
    }
    this.seats.set(seat.seat, { ...before, ...seat });
    if (before.state !== seat.state) this.readAfterLedger();
  }

  private callChanged(call: LiveCall): void {
    const before = this.calls.get(call.call_id);
    this.calls.set(call.call_id, { ...(before ?? UNREAD), ...brief(call) });
    if (before === undefined) this.read();
  }

  private groupChanged(data: Record<string, unknown>): void {
    const told = {
      waiting: Number(data.waiting),
      callbacks: Number(data.callbacks ?? 0),
      longest_since_ms: (data.longest_since_ms as number | null) || null,
    };
    this.groups.value = this.groups.value.map((g) => (g.code === data.group ? { ...g, ...told } : g));
  }

  private readAfterLedger(): void {
    clearTimeout(this.later);
    this.later = setTimeout(this.read, LEDGER_MS);
  }

  private async tolerant(): Promise<void> {
    try {
      await this.fetch();
      this.stale.value = false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.stale.value = true;
    }
  }

  private async fetch(): Promise<void> {
    const board = await this.api.board();
    this.groups.value = board.groups;
    this.day.value = board.day;
    this.ghosts.value = board.ghosts;
    this.waitingTotal.value = board.waiting_total;
    refill(this.alarms, board.alarms, (a) => a.id);
    refill(this.seats, board.seats, (s) => s.seat);
    const held = board.seats.map((s) => s.call).filter((c) => c !== null);
    refill(this.calls, [...board.waiting, ...held], (c) => c.call_id);
    this.known.value = true;
  }
}

/** Keeps entries that say the same as before, so that only what changed is drawn again. */
function refill<T>(map: Map<string, T>, fresh: T[], key: (entry: T) => string): void {
  const keys = new Set(fresh.map(key));
  for (const old of map.keys()) if (!keys.has(old)) map.delete(old);
  for (const entry of fresh) {
    const id = key(entry);
    const before = map.get(id);
    if (before === undefined || JSON.stringify(before) !== JSON.stringify(entry)) map.set(id, entry);
  }
}

const UNREAD: CallBrief = {
  call_id: "",
  kind: "call",
  state: "",
  caller_masked: "",
  place: "",
  line: "",
  line_name: "",
  origin: "",
  language: "",
  groups: [],
  priority: 5,
  since_ms: 0,
  changed_ms: 0,
  seat: null,
};

/** What an event tells of a call; who calls stands in none. */
function brief(call: LiveCall): Partial<CallBrief> & { call_id: string } {
  const { call_id, kind, state, language, groups, priority, since_ms, changed_ms, seat } = call;
  return { call_id, kind, state, language, groups, priority, since_ms, changed_ms, seat };
}
