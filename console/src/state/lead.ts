/** What a shift leader does: each order one request, told when it fails, never sent twice while it is under way. */
import { computed, ref } from "vue";
import type { Api, LeaderVerb } from "../api/client";
import { Problem } from "../api/http";
import type { BoardSeat, SpyMode } from "../api/types";
import type { Bench } from "./bench";
import { said } from "./bench";
import type { Floor } from "./floor";
import type { Session } from "./session";

/** The leader's phone rings for so long; afterwards nobody picked it up. */
const RING_MS = 20_000;

export const LEADERS: ReadonlySet<string> = new Set(["shift_leader", "supervisor", "admin"]);

export class Lead {
  readonly busy = ref(false);
  /** A phone that rings for listening, until it is picked up. */
  readonly calling = ref<{ seat: string; mode: SpyMode } | null>(null);
  /** The seat that is being listened to, by me. */
  readonly spied = computed<BoardSeat | null>(() => {
    const me = this.session.me.value;
    if (me === null) return null;
    for (const seat of this.floor.seats.values()) {
      if (seat.supervised_by !== "" && (seat.supervised_by === me.name || seat.supervised_by === me.seat)) return seat;
    }
    return null;
  });
  private ringing: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly api: Api,
    private readonly session: Session,
    private readonly bench: Bench,
    private readonly floor: Floor,
  ) {}

  async spy(seat: string, mode: SpyMode): Promise<void> {
    if (this.spied.value?.seat !== seat) this.rings({ seat, mode });
    if (!(await this.order(() => this.api.lead(seat, mode)))) this.rings(null);
  }

  async stopListening(): Promise<void> {
    const seat = this.spied.value?.seat ?? this.calling.value?.seat;
    this.rings(null);
    if (seat !== undefined) await this.order(() => this.api.lead(seat, "stop-listening"));
  }

  verb(seat: string, verb: LeaderVerb, body?: object, done?: string): Promise<boolean> {
    return this.order(() => this.api.lead(seat, verb, body), done);
  }

  pull(callId: string): Promise<boolean> {
    return this.order(() => this.api.pull(callId), "正在转到您的话机");
  }

  move(callId: string, groups: string[], language: string): Promise<boolean> {
    return this.order(() => this.api.move(callId, groups, language), "已转队，等待时间保留");
  }

  async say(text: string, to: { seat: string } | { group: string } | null): Promise<boolean> {
    let seats = 0;
    const sent = await this.order(async () => (seats = (await this.api.say(text, to)).seats));
    if (sent) this.bench.onNotice({ kind: "info", text: `已发给 ${seats} 个坐席` });
    return sent;
  }

  /** Picked up, given up, or another one. */
  rings(calling: { seat: string; mode: SpyMode } | null): void {
    clearTimeout(this.ringing);
    this.calling.value = calling;
    if (calling !== null) this.ringing = setTimeout(() => (this.calling.value = null), RING_MS);
  }

  private async order(job: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (this.busy.value) return false;
    this.busy.value = true;
    try {
      await job();
      if (done !== undefined) this.bench.onNotice({ kind: "info", text: done });
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.bench.onNotice({ kind: "error", text: said(error) });
      return false;
    } finally {
      this.busy.value = false;
    }
  }
}
