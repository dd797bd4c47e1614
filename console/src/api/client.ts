/** Every request the console makes, by name. */
import { type Answer, type Http, Problem } from "./http";
import { Lists } from "./lists";
import type {
  BoardAnswer,
  CallDetail,
  CallRow,
  Choice,
  Dialling,
  Group,
  Line,
  Me,
  Message,
  Page,
  Reveal,
  Seat,
  SpyMode,
  Ticket,
  TicketForm,
  TicketRow,
  WallAnswer,
} from "./types";

export interface CallQuery {
  state?: "live" | "ended";
  from?: string;
  line?: string;
  seat?: string;
  cursor?: string;
  limit?: number;
}

export type SeatVerb = "sign-in" | "sign-out" | "ready" | "not-ready" | "wrap-up-done" | "wrap-up-extend";

/** What a shift leader orders about somebody's seat. */
export type LeaderVerb =
  | SpyMode
  | "stop-listening"
  | "take-over"
  | "force-sign-out"
  | "force-ready"
  | "force-not-ready"
  | "wrap-up-extend";

const NOBODY: Omit<Seat, "seat"> = {
  name: "",
  state: "signed_out",
  reason: "",
  after: "",
  since_ms: 0,
  wrap_up_until_ms: null,
  may_extend: false,
  call_id: null,
  kind: null,
  registered: null,
  groups: {},
  engaged: false,
  supervised_by: "",
  supervision: "",
  leaving_by: "",
};

export class Api {
  readonly lists: Lists;

  constructor(private readonly http: Http) {
    this.lists = new Lists(http);
  }

  async login(name: string, password: string): Promise<Me> {
    await this.http.post("/login", { name, password });
    return this.me();
  }

  async me(): Promise<Me> {
    const me = await this.http.get<Me>("/me");
    this.http.setCsrf(me.csrf ?? "");
    return me;
  }

  logout(): Promise<unknown> {
    return this.http.post("/logout");
  }

  calls(query: CallQuery): Promise<Page<CallRow>> {
    return this.http.get(`/calls${search({ ...query })}`);
  }

  call(id: string): Promise<CallDetail> {
    return this.http.get(`/calls/${encodeURIComponent(id)}`);
  }

  async seats(): Promise<Seat[]> {
    return (await this.http.get<{ items: Seat[] }>("/seats")).items;
  }

  /** A seat that the ACD does not know is one that nobody has signed in to. */
  async seat(ext: string): Promise<Seat> {
    try {
      return await this.http.get(`/seats/${encodeURIComponent(ext)}`);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      return { ...NOBODY, seat: ext };
    }
  }

  seatVerb(ext: string, verb: SeatVerb, body?: object): Promise<Seat> {
    return this.http.post(`/seats/${encodeURIComponent(ext)}/${verb}`, body);
  }

  async groups(): Promise<Group[]> {
    return (await this.http.get<{ items: Group[] }>("/groups")).items;
  }

  async reasons(): Promise<Choice[]> {
    return (await this.http.get<{ items: Choice[] }>("/reasons")).items;
  }

  async regions(): Promise<Choice[]> {
    return (await this.http.get<{ items: Choice[] }>("/regions")).items;
  }

  async lines(): Promise<Line[]> {
    return (await this.http.get<{ items: Line[] }>("/lines")).items;
  }

  ticket(no: string): Promise<Answer<Ticket>> {
    return this.http.send("GET", `/tickets/${encodeURIComponent(no)}`);
  }

  tickets(query: Record<string, string | number>): Promise<Page<TicketRow>> {
    return this.http.get(`/tickets${search(query)}`);
  }

  /** The seat's last calls whose tickets still wait to be registered, new first. */
  async draftsOf(seat: string): Promise<TicketRow[]> {
    const [calls, drafts] = await Promise.all([
      this.calls({ state: "ended", seat, limit: 30 }),
      this.tickets({ state: "draft", limit: 200 }),
    ]);
    const mine = new Set(calls.items.map((row) => row.ticket_no));
    return drafts.items.filter((row) => mine.has(row.no));
  }

  /** The caller's full number (empty when it was withheld); the desk audits each request. */
  reveal(callId: string): Promise<Reveal> {
    return this.http.post(`/calls/${encodeURIComponent(callId)}/reveal`, {});
  }

  board(): Promise<BoardAnswer> {
    return this.http.get("/board");
  }

  wall(): Promise<WallAnswer> {
    return this.http.get("/wallboard");
  }

  lead(ext: string, verb: LeaderVerb, body?: object): Promise<unknown> {
    return this.http.post(`/seats/${encodeURIComponent(ext)}/${verb}`, body);
  }

  pull(callId: string): Promise<unknown> {
    return this.http.post(`/calls/${encodeURIComponent(callId)}/pull`);
  }

  move(callId: string, groups: string[], language: string): Promise<unknown> {
    return this.http.post(`/calls/${encodeURIComponent(callId)}/move`, { groups, language });
  }

  /** To one seat, to a group, or to everybody who is signed in. */
  say(text: string, to: { seat: string } | { group: string } | null): Promise<{ seats: number }> {
    if (to !== null && "seat" in to) return this.http.post(`/seats/${encodeURIComponent(to.seat)}/message`, { text });
    return this.http.post("/messages", to === null ? { text } : { text, group: to.group });
  }

  async unread(ext: string): Promise<Message[]> {
    return (await this.http.get<{ items: Message[] }>(`/seats/${encodeURIComponent(ext)}/messages`)).items;
  }

  read(ext: string, id: string): Promise<unknown> {
    return this.http.post(`/seats/${encodeURIComponent(ext)}/messages/${id}/read`);
  }

  /** The same key within a minute rings once, however often the button was pressed. */
  dial(number: string, key: string): Promise<Dialling> {
    return this.http.post("/calls", { number }, { idempotencyKey: key });
  }

  recording(callId: string, verb: "pause" | "resume"): Promise<unknown> {
    return this.http.post(`/calls/${encodeURIComponent(callId)}/record-${verb}`);
  }

  patchTicket(
    no: string,
    patch: Partial<TicketForm>,
    etag: string | null,
    keepalive: boolean,
  ): Promise<Answer<Ticket>> {
    return this.http.send("PATCH", `/tickets/${encodeURIComponent(no)}`, { body: patch, etag, keepalive });
  }

  registerTicket(no: string, etag: string | null): Promise<Answer<Ticket>> {
    return this.http.send("POST", `/tickets/${encodeURIComponent(no)}/register`, { etag });
  }
}

function search(query: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
