/**
 * The calls this seat has on its desk: the one being talked to, and those whose tickets still wait to be written.
 * One Work is one call with its draft; it stays until its ticket is registered and another call has come.
 */
import { computed, type Ref, ref, shallowReactive, shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { CallDetail, Pop } from "../api/types";
import { Draft, type Shelf } from "./draft";

export class Work {
  readonly detail = shallowRef<CallDetail | null>(null);
  readonly draft: Draft;
  readonly revealed = ref<string | null>(null);
  /** What the pop said; the seat's own event may be here before it, and a reload has none. */
  readonly pop = shallowRef<Pop | null>(null);

  constructor(
    readonly key: string,
    readonly callId: string | null,
    private readonly api: Api,
    shelf: Shelf,
    ticketNo: string | null,
  ) {
    this.draft = new Draft(key, () => this.findTicket(ticketNo), api, shelf);
  }

  private async findTicket(known: string | null): Promise<string | null> {
    if (known !== null || this.callId === null) return known;
    await this.refresh();
    return this.detail.value?.ticket_no ?? null;
  }

  /** Reads the call again; throws when the desk is away. */
  async refresh(): Promise<void> {
    if (this.callId !== null) this.detail.value = await this.api.call(this.callId);
  }
}

export class Works {
  readonly list = shallowReactive<Work[]>([]);
  readonly active = shallowRef<Work | null>(null);
  readonly pending: Readonly<Ref<number>> = computed(
    () => this.list.filter((w) => !w.draft.registered.value).length,
  );

  constructor(
    private readonly api: Api,
    private readonly shelf: Shelf,
  ) {}

  /** Puts a call in front of the seat; what was there before is saved and stays at hand until it is registered. */
  open(callId: string | null, ticketNo: string | null, pop: Pop | null = null): Work {
    const key = callId ?? ticketNo ?? "";
    let work = this.list.find((w) => w.key === key || (ticketNo !== null && w.draft.no === ticketNo));
    void this.active.value?.draft.flush();
    for (const done of this.list.filter((w) => w.draft.registered.value && w !== work)) this.close(done);
    if (work === undefined) {
      work = new Work(key, callId, this.api, this.shelf, ticketNo);
      this.list.push(work);
      void work.draft.load();
      void this.look(work);
    }
    if (pop !== null) work.pop.value = pop;
    this.active.value = work;
    return work;
  }

  show(work: Work): void {
    void this.active.value?.draft.flush();
    this.active.value = work;
  }

  /** History and marks are a help, not the work itself: when the desk cannot say, the screen shows without them. */
  async look(work: Work): Promise<void> {
    try {
      await work.refresh();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }

  close(work: Work): void {
    const at = this.list.indexOf(work);
    if (at < 0) return;
    work.draft.dispose();
    this.list.splice(at, 1);
    if (this.active.value === work) this.active.value = this.list[this.list.length - 1] ?? null;
  }

  /** Before the page goes away: the last words leave with a request that outlives it. */
  leave(): void {
    for (const work of this.list) void work.draft.flush(true);
  }

  clear(): void {
    for (const work of [...this.list]) this.close(work);
  }
}
