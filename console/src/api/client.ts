/** Every request the console makes, by name. */
import type { Answer, Http } from "./http";
import type {
  CallDetail,
  CallRow,
  Choice,
  Group,
  Line,
  Me,
  Page,
  Reveal,
  Seat,
  Status,
  Ticket,
  TicketForm,
  TicketRow,
} from "./types";

export interface CallQuery {
  state?: "live" | "ended";
  from?: string;
  line?: string;
  cursor?: string;
  limit?: number;
}

export type SeatVerb = "sign-in" | "sign-out" | "ready" | "not-ready" | "wrap-up-done";

export class Api {
  constructor(private readonly http: Http) {}

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

  seat(ext: string): Promise<Seat> {
    return this.http.get(`/seats/${encodeURIComponent(ext)}`);
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

  status(): Promise<Status> {
    return this.http.get("/status");
  }

  ticket(no: string): Promise<Answer<Ticket>> {
    return this.http.send("GET", `/tickets/${encodeURIComponent(no)}`);
  }

  tickets(query: Record<string, string | number>): Promise<Page<TicketRow>> {
    return this.http.get(`/tickets${search(query)}`);
  }

  /** Unregistered drafts of the person who asks, new first. */
  async myDrafts(): Promise<TicketRow[]> {
    return (await this.tickets({ state: "draft", mine: "true", limit: 20 })).items;
  }

  /** The caller's full number; the desk audits each request. */
  reveal(callId: string): Promise<Reveal> {
    return this.http.get(`/calls/${encodeURIComponent(callId)}/caller`);
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
