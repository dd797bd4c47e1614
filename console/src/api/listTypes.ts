/** The desk's JSON of the lists: callbacks, recordings, restrictions, surges, settings, measures. Numbers arrive masked. */

export interface CallbackTask {
  id: string;
  kind: "missed" | "voicemail" | "kept_place";
  state: "open" | "reached" | "given_up" | "closed";
  caller_masked: string;
  place: string;
  line: string;
  /** The newest call that asks for it. */
  call_id: string;
  missed: number;
  first_at: string;
  last_at: string;
  due_at: string;
  tries: number;
  claimed_by: string | null;
  claimed_until: string | null;
  last_result: string | null;
  closed_at: string | null;
  closed_by: string | null;
  note: string;
  version: number;
}

export interface Claimed {
  attempt: number;
  until: string;
  callback: CallbackTask;
}

export interface CallbackCounts {
  due: number;
  missed: number;
  voicemail: number;
  kept_place: number;
}

export interface TrackInfo {
  track: string;
  bytes: number;
  duration_ms: number;
  sha256: string | null;
  deleted_at: string | null;
  hold: boolean;
  hold_reason: string;
}

export interface Recorded {
  call_id: string;
  line: string;
  line_name: string;
  caller_masked: string;
  place: string;
  seat: string | null;
  skill_group: string | null;
  outcome: string | null;
  arrived_at: string;
  answered_at: string | null;
  ended_at: string | null;
  tracks: TrackInfo[];
}

export interface RecordingFilter {
  from?: string;
  to?: string;
  seat?: string;
  line?: string;
  group?: string;
  outcome?: string;
  least_s?: number;
  /** Goes in the body, never in an address. */
  caller?: string;
  cursor?: string;
  limit?: number;
}

export interface Restriction {
  id: number;
  caller_masked: string;
  kind: "block" | "throttle";
  reason: string;
  call_id: string | null;
  days: number;
  state: "proposed" | "active" | "refused" | "ended" | "expired";
  proposed_by: string;
  proposed_at: string;
  reviewed_by: string | null;
  reviewed_at: string | null;
  review_note: string;
  until: string | null;
  ended_by: string | null;
  ended_at: string | null;
  end_reason: string;
  version: number;
}

export interface Surge {
  id: number;
  topic: string;
  text: string;
  regions: string[];
  lines: string[];
  active_from: string;
  active_until: string;
  created_by: string;
  created_at: string;
  ended_by: string | null;
  version: number;
  joined: number;
  callers: number;
  active: boolean;
}

export interface NewSurge {
  topic: string;
  text: string;
  regions: string[];
  lines: string[];
  active_until: string;
}

export interface Suggestion {
  count: number;
  usual: number;
  region_code: string | null;
  kind: string | null;
  field: string | null;
  line: string | null;
}

export interface Span {
  days: number[];
  from: string;
  to: string;
}

export interface GroupForm {
  name: string;
  strategy: string;
  capacity: number | null;
  overflow_group: string | null;
  overflow_after_s: number | null;
  hours: "always" | "office" | Span[];
  empty_rule: string;
  full_rule: string;
  wrap_up_s: number | null;
  wrap_up_extension_s: number;
  service_s: number;
  announce_every_s: number;
  callback_after_s: number | null;
  active: boolean;
}

export interface GroupConfig extends GroupForm {
  code: string;
  version: number;
}

export interface RuleForm {
  position: number;
  line: string | null;
  origin: string | null;
  region: string | null;
  language: string | null;
  groups: { group: string; after_s: number }[];
  priority: number;
  active: boolean;
}

export interface Rule extends RuleForm {
  id: number;
  version: number;
}

export interface ReasonForm {
  name: string;
  productive: boolean;
  selectable: boolean;
  position: number;
  active: boolean;
}

export interface Reason extends ReasonForm {
  code: string;
  version: number;
  system: boolean;
}

export interface CallFigures {
  key: string;
  since: string;
  arrived: number;
  offered: number;
  answered: number;
  in_time: number;
  abandoned_greeting: number;
  abandoned_queue: number;
  abandoned_short: number;
  abandoned_plain: number;
  voicemail: number;
  callback_kept: number;
  surge: number;
  transferred_in: number;
  hold_ms: number;
  talk_ms: number;
  wrap_up_ms: number;
  graded: number;
  answer_rate: number | null;
  in_time_rate: number | null;
  mean_answer_ms: number | null;
  mean_talk_ms: number | null;
  satisfied_rate: number | null;
}

export interface SeatFigures {
  key: string;
  since: string;
  rung: number;
  answered: number;
  not_answered: number;
  ready_ms: number;
  ringing_ms: number;
  talking_ms: number;
  held_ms: number;
  wrap_up_ms: number;
  productive_ms: number;
  unproductive_ms: number;
  signed_in_ms: number;
  occupancy: number | null;
  adherence: number | null;
  mean_talk_ms: number | null;
}

export type MeasuresBy = "group" | "line" | "half_hour" | "seat";

export interface Measures {
  by: MeasuresBy;
  calls: CallFigures[];
  total: CallFigures | null;
  seats: SeatFigures[];
  seats_total: SeatFigures | null;
}
