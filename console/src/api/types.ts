/** The desk's JSON, as far as the console reads it. Numbers arrive masked. Times are ISO 8601 or epoch ms as named. */

export type SeatStateName =
  | "signed_out"
  | "ready"
  | "not_ready"
  | "reserved"
  | "ringing"
  | "talking"
  | "wrap_up";

export interface Me {
  name: string;
  role: string;
  seat: string | null;
  unit?: string | null;
  csrf: string;
}

export interface Seat {
  seat: string;
  name: string;
  state: SeatStateName;
  reason: string;
  /** A not-ready reason that takes effect when this call is done. */
  after: string;
  since_ms: number;
  wrap_up_until_ms: number | null;
  /** This wrap-up can be extended, once. */
  may_extend: boolean;
  call_id: string | null;
  /** Of the call in hand: call, callback, outgoing. */
  kind: string | null;
  /** null: Asterisk has not said yet. */
  registered: boolean | null;
  groups: Record<string, number>;
  /** Ready, but on the phone for another reason: no caller comes. */
  engaged: boolean;
  supervised_by: string;
  supervision: SpyMode | "";
  /** Who has ordered the sign-out that takes effect when the talk is over. */
  leaving_by: string;
}

export type SpyMode = "listen" | "whisper" | "barge";

/** A live call as the ACD knows it: no numbers, only where it stands. */
export interface LiveCall {
  call_id: string;
  kind: string;
  language: string;
  groups: string[];
  priority: number;
  state: string;
  seat: string | null;
  since_ms: number;
  changed_ms: number;
}

export interface CallRow {
  id: string;
  caller_masked: string;
  place: string;
  line: string;
  line_name: string;
  department: string;
  origin: string;
  language: string | null;
  arrived_at: string;
  answered_at: string | null;
  ended_at: string | null;
  outcome: string | null;
  seat: string | null;
  ticket_no: string | null;
  /** Live calls only: waiting, reserved, ringing, talking. */
  state: string | null;
  waiting_since_ms: number | null;
}

export interface Mark {
  kind: string;
  at: string;
  seat: string | null;
  key: string;
  data: Record<string, unknown>;
}

export interface TicketRow {
  no: string;
  call_id: string | null;
  state: string;
  source: string;
  kind: string | null;
  field: string | null;
  title: string;
  caller_masked: string;
  place: string;
  line: string;
  line_name: string;
  department: string;
  urgent: boolean;
  confidential: boolean;
  created_at: string;
  created_by: string;
}

export interface Ticket extends TicketRow {
  caller_name: string;
  region_code: string | null;
  address: string;
  content: string;
  language: string | null;
  registered_at: string | null;
  version: number;
}

/** What a seat fills in; an empty text is an empty field. */
export interface TicketForm {
  caller_name: string;
  region_code: string;
  address: string;
  field: string;
  kind: string;
  title: string;
  content: string;
  urgent: boolean;
  confidential: boolean;
  language: string;
}

export interface CallDetail extends CallRow {
  marks: Mark[];
  recording: { caller: string; seat: string } | null;
  ticket: Ticket | null;
  history: TicketRow[];
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Group {
  name: string;
  waiting: number;
  longest_wait_s: number;
}

export interface Pop {
  call_id: string;
  fence: number;
  seat: string;
  ticket_no: string | null;
  caller_masked: string;
  place: string | null;
  line: string | null;
  line_name: string | null;
  department: string | null;
  language: string | null;
  waited_s: number;
}

export interface Choice {
  code: string;
  name: string;
  /** Not-ready reasons: false for those that only the system sets. */
  selectable?: boolean;
}

export interface Line {
  number: string;
  name: string;
  department: string;
}

export interface Reveal {
  caller: string;
}

/** One day so far; rates 0 to 1, null where there is nothing to count. */
export interface Day {
  offered: number;
  answered: number;
  abandoned: number;
  answer_rate: number | null;
  in_time_rate: number | null;
}

export interface BoardGroup {
  code: string;
  name: string;
  waiting: number;
  callbacks: number;
  longest_since_ms: number | null;
  expected_s: number | null;
  staffed: number;
  seats: Partial<Record<SeatStateName, number>>;
  service_s: number;
  day: Day | null;
}

export interface CallBrief {
  call_id: string;
  /** call, callback, outgoing */
  kind: string;
  state: string;
  caller_masked: string;
  place: string;
  line: string;
  line_name: string;
  origin: string;
  language: string;
  groups: string[];
  priority: number;
  since_ms: number;
  changed_ms: number;
  seat: string | null;
}

export interface BoardSeat extends Seat {
  user: string;
  languages: string[];
  device: string;
  calls_today: number;
  talk_ms_today: number;
  call: CallBrief | null;
}

export interface Alarm {
  id: string;
  kind: string;
  object: string;
  level: "warn" | "bad";
  raised_ms: number;
  text: string;
}

export interface Ghost {
  kind: string;
  seat: string | null;
  call_id: string | null;
  since_ms: number;
}

export interface BoardAnswer {
  at_ms: number;
  groups: BoardGroup[];
  waiting: CallBrief[];
  waiting_total: number;
  seats: BoardSeat[];
  alarms: Alarm[];
  ghosts: Ghost[];
  day: Day | null;
}

export interface WallGroup {
  code: string;
  name: string;
  waiting: number;
  longest_since_ms: number | null;
  staffed: number;
  ready: number;
  answer_rate: number | null;
}

export interface WallAnswer {
  at_ms: number;
  waiting: number;
  callbacks: number;
  longest_since_ms: number | null;
  seats: Partial<Record<SeatStateName, number>>;
  staffed: number;
  groups: WallGroup[];
  day: Day | null;
  unexplained: number | null;
  alarms: Alarm[];
  degraded: string[];
}

/** What a shift leader tells the seats. */
export interface Message {
  id: string;
  from: string;
  text: string;
  at: number;
  to: string;
  group: string;
}

export interface Dialling {
  call_id: string;
  ticket_no: string | null;
  seat: string;
  callee_masked: string;
}
