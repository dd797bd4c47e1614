/**
 * The seat's workbench: turns the desk's events into what the screen shows.
 * Order matters in one place: the answer to a pop leaves before anything is drawn (see `stream.answer`).
 */
import { ref, shallowRef } from "vue";
import type { Api, SeatVerb } from "../api/client";
import { Problem } from "../api/http";
import type { LiveCall, Pop, Seat, SeatStateName } from "../api/types";
import { EventStream, type Link, type StreamEvent } from "../events/stream";
import type { Alert } from "./alert";
import type { Board } from "./board";
import type { Clock } from "./clock";
import { coalesce } from "./coalesce";
import type { Works } from "./works";

/** A pop older than this was meant for another moment (read again after a lost link): the seat's state decides instead. */
const POP_FRESH_MS = 30_000;
/** Events tell every change; this finds the one that no event can tell: that the server's memory was lost. */
const CHECK_MS = 30_000;
const LEDGER_MS = 1_500;
const ON_CALL: ReadonlySet<SeatStateName> = new Set(["reserved", "ringing", "talking", "wrap_up"]);

export interface Notice {
  kind: "info" | "warning" | "error";
  text: string;
}

export class Bench {
  readonly seat = shallowRef<Seat | null>(null);
  /** The call that the seat's state is about; kept through the wrap-up, when the seat holds no call any more. */
  readonly current = ref<string | null>(null);
  readonly link = ref<Link>("connecting");
  readonly retryAt = ref(0);
  readonly away = ref<string[]>([]);
  readonly busy = ref(false);
  readonly stream: EventStream;
  onNotice: (notice: Notice) => void = () => {};
  /** Who else wants every event, after the bench itself. */
  readonly listeners = new Set<(event: StreamEvent) => void>();
  private ext: string | null = null;
  private acting: Promise<void> = Promise.resolve();
  /** What the seat last was, by its own doing: restored when the server has forgotten it. */
  private wanted: { state: SeatStateName; reason: string } | null = null;
  private check: ReturnType<typeof setInterval> | undefined;
  private readonly resync = coalesce(() => this.read(), 1_000);

  constructor(
    private readonly api: Api,
    private readonly clock: Clock,
    readonly board: Board,
    readonly works: Works,
    private readonly alert: Alert,
  ) {
    this.stream = new EventStream({
      url: (lastId) => socketUrl(lastId),
      answer: (event) => this.answer(event),
      onEvent: (event) => this.received(event),
      onLink: (link, retryInMs) => this.linked(link, retryInMs),
      onSignedOut: () => this.stillKnown(),
    });
  }

  start(ext: string | null): void {
    this.ext = ext;
    this.stream.start();
    this.check ??= setInterval(() => void this.readSeat(), CHECK_MS);
  }

  stop(): void {
    clearInterval(this.check);
    this.check = undefined;
    this.stream.stop();
    this.alert.stop();
    this.works.clear();
    this.seat.value = null;
    this.wanted = null;
    this.board.clear();
  }

  /** One after the other: a key pressed before the last answer came is carried out, not dropped. */
  act(verb: SeatVerb, body?: object): Promise<void> {
    this.acting = this.acting.then(() => this.carryOut(verb, body));
    return this.acting;
  }

  private async carryOut(verb: SeatVerb, body?: object): Promise<void> {
    if (this.ext === null) return;
    this.busy.value = true;
    try {
      this.took(await this.api.seatVerb(this.ext, verb, body), true);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.onNotice({ kind: "error", text: said(error) });
      this.resync();
    } finally {
      this.busy.value = false;
    }
  }

  private answer(event: StreamEvent): object | null {
    if (event.type !== "pop" || event.data.seat !== this.ext) return null;
    return { type: "popped", call_id: event.data.call_id, fence: event.data.fence };
  }

  private received(event: StreamEvent): void {
    this.take(event);
    for (const listener of this.listeners) listener(event);
  }

  private take(event: StreamEvent): void {
    switch (event.type) {
      case "pop":
        if (event.data.seat === this.ext) this.popped(event.data as unknown as Pop, event.at);
        break;
      case "seat.changed":
        this.board.seatChanged(event.data as unknown as Seat);
        if (event.data.seat === this.ext) this.took(event.data as unknown as Seat, true);
        break;
      case "call.changed":
        this.board.callChanged(event.data as unknown as LiveCall);
        break;
      case "call.ended":
        this.board.callEnded(String(event.data.call_id));
        break;
      case "group.changed":
        this.board.groupChanged();
        break;
      case "hello":
        this.away.value = (event.data.away as string[] | undefined) ?? [];
        break;
      case "degraded":
        this.away.value = [...new Set([...this.away.value, String(event.data.part)])];
        break;
      case "recovered":
        this.away.value = this.away.value.filter((part) => part !== event.data.part);
        this.resync();
        break;
      case "resync":
      case "repair":
        this.resync();
        break;
    }
  }

  private popped(pop: Pop, at: number): void {
    if (this.clock.read() - at > POP_FRESH_MS) return;
    this.works.open(pop.call_id, pop.ticket_no, pop);
    this.alert.call(`${pop.caller_masked} ${pop.place ?? ""}`);
  }

  private linked(link: Link, retryInMs: number): void {
    this.link.value = link;
    this.retryAt.value = link === "lost" ? this.clock.read() + retryInMs : 0;
    if (link === "up") this.resync();
    if (link === "lost") this.stillKnown();
  }

  /** A stream that does not open may mean a login that is over: an ordinary request tells (and leads to the login page). */
  private stillKnown(): void {
    this.api.me().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
    });
  }

  /** Reads everything the screen shows: after a reload, a lost link, or a repair on the server. */
  private async read(): Promise<void> {
    this.board.refresh();
    await this.readSeat();
  }

  private async readSeat(): Promise<void> {
    if (this.ext === null || this.link.value !== "up") return;
    try {
      const seat = await this.api.seat(this.ext);
      if (seat.state === "signed_out" && this.wanted !== null) await this.signInAgain(this.ext);
      else this.took(seat, false);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.temporary) setTimeout(this.resync, 3_000);
      else this.onNotice({ kind: "error", text: said(error) });
    }
  }

  /** The server forgot this seat (its memory was lost): sign in as before, and say so. */
  private async signInAgain(ext: string): Promise<void> {
    const wanted = this.wanted;
    let seat = await this.api.seatVerb(ext, "sign-in");
    if (wanted?.state === "not_ready" && wanted.reason) {
      seat = await this.restoreReason(ext, wanted.reason, seat);
    } else if (wanted?.state === "ready") {
      seat = await this.api.seatVerb(ext, "ready");
    }
    this.took(seat, true);
    this.onNotice({ kind: "info", text: "系统恢复后已为您重新签入" });
  }

  private async restoreReason(ext: string, reason: string, signedIn: Seat): Promise<Seat> {
    try {
      return await this.api.seatVerb(ext, "not-ready", { reason });
    } catch (error) {
      // A reason that only the system may set (no_answer…): signed in and not ready is as good.
      if (error instanceof Problem && !error.temporary) return signedIn;
      throw error;
    }
  }

  /** `deliberate`: an event or our own action, not a state that was read and may be a lost memory. */
  private took(seat: Seat, deliberate: boolean): void {
    const before = this.seat.value;
    this.seat.value = seat;
    if (seat.call_id !== null) this.current.value = seat.call_id;
    if (seat.state !== "signed_out") {
      this.wanted = { state: ON_CALL.has(seat.state) ? "ready" : seat.state, reason: seat.reason };
    } else if (deliberate) {
      this.wanted = null;
    }
    if (seat.state !== "reserved" && seat.state !== "ringing") this.alert.stop();
    if (seat.call_id !== null && ON_CALL.has(seat.state)) {
      const known = this.works.list.some((w) => w.key === seat.call_id);
      if (!known) this.works.open(seat.call_id, null);
    }
    if (before !== null && before.state !== seat.state) this.followUp(before, seat);
  }

  /** The call's own record moved with the seat: answered, ended. */
  private followUp(before: Seat, seat: Seat): void {
    const id = seat.call_id ?? before.call_id;
    const work = this.works.list.find((w) => w.key === id);
    if (work === undefined || (seat.state !== "talking" && seat.state !== "wrap_up")) return;
    // The ledger writes in batches: a moment later it holds this step too.
    setTimeout(() => void this.works.look(work), LEDGER_MS);
  }
}

export function said(problem: Problem): string {
  return problem.body.remedy ? `${problem.message}，${problem.body.remedy}` : problem.message;
}

/** `watching`: a screen that only looks on, at which no seat is present. */
export function socketUrl(lastId: string | null, watching = false): string {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = new URLSearchParams();
  if (lastId !== null) query.set("last_id", lastId);
  if (watching) query.set("watch", "true");
  const text = query.toString();
  return `${scheme}://${location.host}/api/v1/events${text ? `?${text}` : ""}`;
}
