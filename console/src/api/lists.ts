/** The requests of the lists and settings, by name. */
import type { Answer, Http } from "./http";
import type {
  CallbackCounts,
  CallbackTask,
  Claimed,
  GroupConfig,
  GroupForm,
  Measures,
  MeasuresBy,
  NewSurge,
  Reason,
  ReasonForm,
  Recorded,
  RecordingFilter,
  Restriction,
  Rule,
  RuleForm,
  Suggestion,
  Surge,
} from "./listTypes";
import type { Page } from "./types";

const tag = (version: number) => `"${version}"`;
const seg = encodeURIComponent;

export class Lists {
  constructor(private readonly http: Http) {}

  // ---- callbacks

  /** Open tasks, the longest due first. */
  agenda(cursor: string, limit = 50): Promise<Page<CallbackTask>> {
    return this.http.get(`/callbacks${query({ order: "due", cursor, limit })}`);
  }

  callbacks(state: string, cursor: string, limit = 50): Promise<Page<CallbackTask>> {
    return this.http.get(`/callbacks${query({ state, cursor, limit })}`);
  }

  callbackCounts(): Promise<CallbackCounts> {
    return this.http.get("/callbacks/counts");
  }

  claim(task: string): Promise<Claimed> {
    return this.http.post(`/callbacks/${seg(task)}/claim`);
  }

  dial(task: string, key: string): Promise<Claimed & { call_id: string }> {
    return this.http.post(`/callbacks/${seg(task)}/dial`, undefined, { idempotencyKey: key });
  }

  report(task: string, attempt: number, result: string): Promise<CallbackTask> {
    return this.http.post(`/callbacks/${seg(task)}/result`, { attempt, result });
  }

  cancel(task: CallbackTask, note: string): Promise<CallbackTask> {
    return this.http.post(`/callbacks/${seg(task.id)}/cancel`, { note }, { etag: tag(task.version) });
  }

  // ---- recordings

  recordings(filter: RecordingFilter): Promise<Page<Recorded>> {
    const { caller, ...rest } = filter;
    if (!caller) return this.http.get(`/recordings${query(rest)}`);
    const given = Object.entries({ ...rest, caller }).filter(([, value]) => value !== "" && value !== undefined);
    return this.http.post("/recordings/search", Object.fromEntries(given));
  }

  exportZip(callId: string, reason: string): Promise<Blob> {
    return this.http.blob(`/recordings/${seg(callId)}/export${query({ reason })}`);
  }

  hold(callId: string, on: boolean, reason: string): Promise<unknown> {
    return this.http.post(`/recordings/${seg(callId)}/${on ? "hold" : "release"}`, { reason });
  }

  /** Why a sound does not play: the desk's own words (throws a Problem), nothing when it is there. */
  async listenable(callId: string, track: string): Promise<void> {
    await this.http.blob(`/calls/${seg(callId)}/recording/${track}`, { Range: "bytes=0-0" });
  }

  // ---- restrictions

  restrictions(state: string, cursor: string): Promise<Page<Restriction>> {
    return this.http.get(`/restrictions${query({ state, cursor, limit: 50 })}`);
  }

  propose(callId: string, kind: string, reason: string, days: number, key: string): Promise<Restriction> {
    return this.http.post("/restrictions", { call_id: callId, kind, reason, days }, { idempotencyKey: key });
  }

  review(row: Restriction, agree: boolean, note: string, days: number | null): Promise<Restriction> {
    return this.http.post(`/restrictions/${row.id}/review`, { agree, note, days }, { etag: tag(row.version) });
  }

  endRestriction(row: Restriction, reason: string): Promise<Restriction> {
    return this.http.post(`/restrictions/${row.id}/end`, { reason }, { etag: tag(row.version) });
  }

  // ---- surges

  surges(cursor: string): Promise<Page<Surge>> {
    return this.http.get(`/surges${query({ cursor, limit: 50 })}`);
  }

  async suggestions(): Promise<Suggestion[]> {
    return (await this.http.get<{ items: Suggestion[] }>("/surges/suggestions")).items;
  }

  startSurge(form: NewSurge, key: string): Promise<Surge> {
    return this.http.post("/surges", form, { idempotencyKey: key });
  }

  editSurge(row: Surge, change: { text?: string; active_until?: string }): Promise<Answer<Surge>> {
    return this.http.send("PATCH", `/surges/${row.id}`, { body: change, etag: tag(row.version) });
  }

  endSurge(row: Surge): Promise<Surge> {
    return this.http.post(`/surges/${row.id}/end`, undefined, { etag: tag(row.version) });
  }

  // ---- settings

  async groups(): Promise<GroupConfig[]> {
    return (await this.http.get<{ items: GroupConfig[] }>("/groups-config")).items;
  }

  addGroup(code: string, form: GroupForm, key: string): Promise<GroupConfig> {
    return this.http.post("/groups-config", { code, ...form }, { idempotencyKey: key });
  }

  putGroup(code: string, form: GroupForm, version: number): Promise<Answer<GroupConfig>> {
    return this.http.send("PUT", `/groups-config/${seg(code)}`, { body: form, etag: tag(version) });
  }

  async rules(): Promise<Rule[]> {
    return (await this.http.get<{ items: Rule[] }>("/routing-rules")).items;
  }

  addRule(form: RuleForm, key: string): Promise<Rule> {
    return this.http.post("/routing-rules", form, { idempotencyKey: key });
  }

  putRule(id: number, form: RuleForm, version: number): Promise<Answer<Rule>> {
    return this.http.send("PUT", `/routing-rules/${id}`, { body: form, etag: tag(version) });
  }

  deleteRule(row: Rule): Promise<Answer<unknown>> {
    return this.http.send("DELETE", `/routing-rules/${row.id}`, { etag: tag(row.version) });
  }

  async tryRules(call: Record<string, string>): Promise<Rule | null> {
    return (await this.http.get<{ rule: Rule | null }>(`/routing-rules/try${query(call)}`)).rule;
  }

  async reasons(): Promise<Reason[]> {
    return (await this.http.get<{ items: Reason[] }>("/not-ready-reasons")).items;
  }

  addReason(code: string, form: ReasonForm, key: string): Promise<Reason> {
    return this.http.post("/not-ready-reasons", { code, ...form }, { idempotencyKey: key });
  }

  putReason(code: string, form: ReasonForm, version: number): Promise<Answer<Reason>> {
    return this.http.send("PUT", `/not-ready-reasons/${seg(code)}`, { body: form, etag: tag(version) });
  }

  // ---- measures

  measures(from: string, to: string, by: MeasuresBy): Promise<Measures> {
    return this.http.get(`/measures${query({ from, to, by })}`);
  }

  measuresCsv(from: string, to: string, by: MeasuresBy): Promise<Blob> {
    return this.http.blob(`/measures.csv${query({ from, to, by })}`);
  }
}

function query(given: Record<string, string | number | undefined>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(given)) {
    if (value !== undefined && value !== "") params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
