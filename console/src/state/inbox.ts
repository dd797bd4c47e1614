/** The leader's messages to this seat: each stays on the screen until it has been read, also over a reload. */
import { shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { Message } from "../api/types";
import type { StreamEvent } from "../events/stream";
import type { Bench } from "./bench";

export class Inbox {
  readonly messages = shallowRef<Message[]>([]);
  private ext: string | null = null;

  constructor(
    private readonly api: Api,
    private readonly bench: Bench,
  ) {}

  start(ext: string | null): void {
    this.ext = ext;
    this.messages.value = [];
  }

  received(event: StreamEvent): void {
    if (event.type === "message") this.told(event.data as unknown as Message);
    // What came while the line was down is kept by the desk.
    else if (event.type === "hello" || event.type === "resync") void this.load();
  }

  async read(id: string): Promise<void> {
    if (this.ext === null) return;
    const before = this.messages.value;
    this.messages.value = before.filter((m) => m.id !== id);
    try {
      await this.api.read(this.ext, id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.messages.value = before; // still unread for the desk: it would come back at the next reload
    }
  }

  private told(message: Message): void {
    if (!this.isMine(message) || this.messages.value.some((m) => m.id === message.id)) return;
    this.messages.value = [...this.messages.value, message];
  }

  private isMine(message: Message): boolean {
    if (message.to !== "") return message.to === this.ext;
    const seat = this.bench.seat.value;
    if (seat === null || seat.state === "signed_out") return false;
    return message.group === "" || message.group in seat.groups;
  }

  private async load(): Promise<void> {
    if (this.ext === null) return;
    try {
      this.messages.value = await this.api.unread(this.ext);
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // away: the next link-up reads them
    }
  }
}
