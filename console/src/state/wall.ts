/** The big screen: figures read anew as soon as an event says that something moved, at most twice a second. */
import { ref, shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { WallAnswer } from "../api/types";
import { EventStream, type Link, type StreamEvent } from "../events/stream";
import { coalesce } from "./coalesce";

const READ_MS = 400;
/** The ledger writes a little after the event, and the desk shares a reading for 0.3 s. */
const LEDGER_MS = 800;
/** Midnight has no event, and a screen that hangs on a wall is reloaded by nobody. */
const CHECK_MS = 60_000;
const MOVES: ReadonlySet<string> = new Set([
  "seat.changed",
  "call.changed",
  "call.ended",
  "group.changed",
  "alarm",
  "hello",
  "resync",
  "degraded",
  "recovered",
]);

export class Wall {
  readonly data = shallowRef<WallAnswer | null>(null);
  readonly link = ref<Link>("connecting");
  readonly stale = ref(false);
  private readonly read = coalesce(() => this.tolerant(), READ_MS);
  private readonly stream: EventStream;
  private later: ReturnType<typeof setTimeout> | undefined;
  private check: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly api: Api,
    url: (lastId: string | null) => string,
    onSignedOut: () => void,
  ) {
    this.stream = new EventStream({
      url,
      answer: () => null,
      onEvent: (event) => this.received(event),
      onLink: (link) => (this.link.value = link),
      onSignedOut,
    });
  }

  start(): void {
    this.stream.start();
    this.read();
    this.check = setInterval(this.read, CHECK_MS);
  }

  stop(): void {
    this.stream.stop();
    clearInterval(this.check);
    clearTimeout(this.later);
  }

  private received(event: StreamEvent): void {
    if (!MOVES.has(event.type)) return;
    this.read();
    clearTimeout(this.later);
    this.later = setTimeout(this.read, LEDGER_MS);
  }

  private async tolerant(): Promise<void> {
    try {
      this.data.value = await this.api.wall();
      this.stale.value = false;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.stale.value = true;
    }
  }
}
