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
  call_id: string | null;
  /** null: Asterisk has not said yet. */
  registered: boolean | null;
}

/** A live call as the ACD knows it: no numbers, only where it stands. */
export interface LiveCall {
  call_id: string;
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
