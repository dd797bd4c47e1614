/**
 * One ticket being written: keeps itself saved (PATCH with If-Match), survives a lost link and a reload,
 * and turns a conflict into a question about single fields. It is a draft's whole life in the browser.
 */
import { computed, reactive, ref, watch } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { Ticket, TicketForm } from "../api/types";
import { changes, emptyForm, FIELDS, type FieldName, formOf, merge } from "./merge";

export type SaveState = "loading" | "clean" | "dirty" | "saving" | "waiting" | "conflict" | "refused";

const QUIET_MS = 700;
const RETRY_MS = 3_000;

/** Where unsaved words wait out a reload: this tab only, gone with it. */
export interface Shelf {
  get(no: string): Partial<TicketForm> | null;
  put(no: string, patch: Partial<TicketForm> | null): void;
}

export class Draft {
  readonly form = reactive<TicketForm>(emptyForm());
  readonly ticket = ref<Ticket | null>(null);
  readonly save = ref<SaveState>("loading");
  readonly savedAt = ref<number | null>(null);
  readonly note = ref("");
  readonly errors = reactive<Partial<Record<FieldName, string>>>({});
  readonly theirs = ref<TicketForm | null>(null);
  readonly conflicts = ref<FieldName[]>([]);
  readonly registered = computed(() => this.ticket.value !== null && this.ticket.value.state !== "draft");
  readonly registering = ref(false);

  private base = emptyForm();
  private etag: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private readonly unwatch: () => void;

  /** `find` says the ticket's number, or null while it has none (its call waits in the journal for the database). */
  constructor(
    readonly key: string,
    private readonly find: () => Promise<string | null>,
    private readonly api: Api,
    private readonly shelf: Shelf,
  ) {
    Object.assign(this.form, shelf.get(key) ?? {});
    this.unwatch = watch(this.form, () => this.edited(), { flush: "sync" });
  }

  get no(): string | null {
    return this.ticket.value?.no ?? null;
  }

  async load(): Promise<void> {
    try {
      const no = await this.find();
      if (no === null) {
        this.later("工单号将在数据库恢复后分配，请照常记录", () => void this.load());
        return;
      }
      const { data, etag } = await this.api.ticket(no);
      const typed = changes(this.base, this.form);
      this.etag = etag;
      this.base = formOf(data);
      this.ticket.value = data;
      this.save.value = "clean";
      this.note.value = "";
      Object.assign(this.form, this.base, data.state === "draft" ? typed : {});
    } catch (error) {
      this.failed(error, () => void this.load());
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.unwatch();
  }

  private edited(): void {
    if (this.registered.value) return;
    const patch = changes(this.base, this.form);
    const dirty = Object.keys(patch).length > 0;
    this.shelf.put(this.key, dirty ? patch : null);
    for (const name of FIELDS) if (name in patch) delete this.errors[name];
    if (this.ticket.value === null || this.save.value === "conflict") return;
    if (!dirty) {
      if (this.running === null) this.save.value = "clean";
      return;
    }
    this.save.value = "dirty";
    this.schedule(QUIET_MS);
  }

  private schedule(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }

  /** Saves now what is unsaved; returns when it is saved or has failed visibly. */
  async flush(keepalive = false): Promise<void> {
    clearTimeout(this.timer);
    if (this.running !== null) await this.running;
    if (this.ticket.value === null || this.registered.value || this.save.value === "conflict") return;
    const patch = changes(this.base, this.form);
    if (Object.keys(patch).length === 0) return;
    this.running = this.patch(this.ticket.value.no, patch, keepalive);
    await this.running;
    this.running = null;
    // Words typed while the answer was under way.
    if (this.save.value === "clean" && Object.keys(changes(this.base, this.form)).length > 0) this.edited();
  }

  private async patch(no: string, patch: Partial<TicketForm>, keepalive: boolean): Promise<void> {
    this.save.value = "saving";
    try {
      const { data, etag } = await this.api.patchTicket(no, patch, this.etag, keepalive);
      this.etag = etag;
      this.base = { ...this.base, ...patch };
      this.adopt(data);
    } catch (error) {
      if (error instanceof Problem && error.status === 412) {
        await this.reconcile(no);
        return;
      }
      this.failed(error, () => void this.flush());
    }
  }

  private adopt(ticket: Ticket): void {
    this.ticket.value = ticket;
    this.savedAt.value = Date.now();
    this.save.value = "clean";
    this.note.value = "";
    const left = changes(this.base, this.form);
    this.shelf.put(this.key, Object.keys(left).length > 0 ? left : null);
  }

  /** Somebody else saved first: take over what does not clash, ask about the rest. */
  private async reconcile(no: string): Promise<void> {
    try {
      const { data, etag } = await this.api.ticket(no);
      const theirs = formOf(data);
      const merged = merge(this.base, this.form, theirs);
      this.etag = etag;
      this.base = theirs;
      this.ticket.value = data;
      if (data.state !== "draft") {
        Object.assign(this.form, theirs);
        this.shelf.put(this.key, null);
        this.save.value = "clean";
        this.note.value = "此工单已由他人登记，以下为登记后的内容";
        return;
      }
      this.save.value = "conflict";
      Object.assign(this.form, merged.form);
      this.conflicts.value = merged.conflicts;
      this.theirs.value = theirs;
      if (merged.conflicts.length === 0) this.settle();
    } catch (error) {
      this.failed(error, () => void this.flush());
    }
  }

  /** The seat has answered for one field: keep mine, or take theirs. */
  choose(name: FieldName, take: "mine" | "theirs"): void {
    if (take === "theirs" && this.theirs.value !== null) {
      Object.assign(this.form, { [name]: this.theirs.value[name] });
    }
    this.conflicts.value = this.conflicts.value.filter((f) => f !== name);
    if (this.conflicts.value.length === 0) this.settle();
  }

  private settle(): void {
    this.theirs.value = null;
    this.save.value = "dirty";
    this.note.value = "他人的修改已合并";
    this.schedule(0);
  }

  private failed(error: unknown, again: () => void): void {
    if (!(error instanceof Problem)) throw error;
    this.note.value = error.body.remedy ? `${error.message}，${error.body.remedy}` : error.message;
    if (error.temporary) {
      this.later(this.note.value, again);
      return;
    }
    this.save.value = "refused";
    if (error.field && (FIELDS as readonly string[]).includes(error.field)) {
      this.errors[error.field as FieldName] = error.message;
    }
  }

  private later(note: string, again: () => void): void {
    this.note.value = note;
    this.save.value = "waiting";
    clearTimeout(this.timer);
    this.timer = setTimeout(again, RETRY_MS);
  }

  /** Registers the ticket (受理登记). True when done; otherwise `errors` or `note` say what is missing. */
  async register(): Promise<boolean> {
    if (this.registering.value || this.registered.value || this.no === null) return false;
    for (const name of FIELDS) delete this.errors[name];
    Object.assign(this.errors, missing(this.form));
    if (Object.keys(this.errors).length > 0) return false;
    this.registering.value = true;
    try {
      await this.flush();
      if (this.save.value !== "clean") return false;
      const { data, etag } = await this.api.registerTicket(this.no, this.etag);
      this.etag = etag;
      this.adopt(data);
      return true;
    } catch (error) {
      if (error instanceof Problem && error.status === 412) await this.reconcile(this.no);
      else this.failed(error, () => {});
      return false;
    } finally {
      this.registering.value = false;
    }
  }
}

/** What the desk would refuse anyway, said for all fields at once instead of one after the other. */
export function missing(form: TicketForm): Partial<Record<FieldName, string>> {
  const errors: Partial<Record<FieldName, string>> = {};
  if (!form.kind) errors.kind = "请选择诉求类型";
  if (!form.field) errors.field = "请选择诉求领域";
  if (!form.title.trim()) errors.title = "请填写标题";
  if (!form.content.trim()) errors.content = "请填写诉求内容";
  if (!form.region_code) errors.region_code = "请选择所属旗县区";
  return errors;
}
