/** One ticking clock for the whole page, on the server's time. */
import { ref, type Ref } from "vue";
import type { Http } from "../api/http";

export class Clock {
  /** epoch ms on the server's clock; ticks once a second */
  readonly now: Ref<number>;
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly http: Http) {
    this.now = ref(this.read());
  }

  read(): number {
    return Date.now() + this.http.clockOffset;
  }

  start(): void {
    this.timer ??= setInterval(() => (this.now.value = this.read()), 1_000);
  }

  /** Seconds since then, never negative. */
  since(ms: number): number {
    return Math.max(0, (this.now.value - ms) / 1_000);
  }
}
