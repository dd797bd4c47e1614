/** The words a seat reads. Codes come from the desk; a code without a word is shown as it is, never hidden. */
import type { FieldName } from "../state/merge";
import type { SeatStateName, SpyMode } from "../api/types";

export const SEAT_STATES: Record<SeatStateName, string> = {
  signed_out: "未签入",
  ready: "就绪",
  not_ready: "示忙",
  reserved: "来电分配",
  ringing: "振铃",
  talking: "通话中",
  wrap_up: "话后处理",
};

export const SPY_MODES: Record<SpyMode, string> = { listen: "监听", whisper: "耳语", barge: "插话" };

/** Reasons that the system sets itself; those a seat may choose come from the desk with their names. */
const SYSTEM_REASONS: Record<string, string> = {
  signed_in: "刚签入",
  no_answer: "无应答",
  busy: "话机忙",
  rejected: "已拒接",
  unregistered: "话机未注册",
  forced: "班长置忙",
};

const GHOSTS: Record<string, string> = {
  talking_without_phone: "记为通话中，话机却空闲",
  ringing_without_phone: "记为振铃，话机却空闲",
  held_unregistered: "手中有通话，话机却已离线",
  ready_without_phone: "就绪，话机却不可用",
  ready_engaged: "就绪，话机却被占用",
  seat_without_call: "坐席记着一通已不存在的电话",
  call_without_seat: "电话记着一个不再接它的坐席",
};

const CALL_STATES: Record<string, string> = {
  greeting: "播报",
  waiting: "等待",
  reserved: "分配",
  ringing: "振铃",
  talking: "通话",
  plain: "应急排队",
};

const OUTCOMES: Record<string, string> = {
  answered: "已接听",
  abandoned_greeting: "播报中挂机",
  abandoned_queue: "排队中挂机",
  abandoned_short: "短放弃",
  answered_plain: "应急接听",
  abandoned_plain: "应急排队挂机",
  notice: "播报告知",
  refused: "未受理",
  failed: "线路故障",
  voicemail: "留言",
  callback_kept: "登记回拨",
  surge: "加入突发事项",
};

const MARKS: Record<string, string> = {
  arrived: "来电到达",
  greeting: "播报欢迎语",
  language: "选择语种",
  offered: "进入排队",
  reserved: "分配坐席",
  popped: "弹屏到达",
  ringing: "坐席振铃",
  answered: "坐席接听",
  no_answer: "坐席未应答",
  missed: "坐席未应答",
  plain_queue: "转入应急排队",
  survey: "满意度评价",
  hold: "保持",
  resume: "恢复通话",
  consult: "咨询第三方",
  merge: "三方通话",
  moved: "转到其他组",
  voicemail: "留言",
  callback_kept: "登记回拨",
  surge_joined: "加入突发事项",
  recording: "录音存档",
  recording_paused: "暂停录音",
  recording_resumed: "恢复录音",
  supervised: "班长监听",
  dialled_out: "坐席呼出",
  ended: "通话结束",
  outcome: "通话结束",
};

const ORIGINS: Record<string, string> = {
  carrier: "市民来电",
  emergency: "应急转入",
  subcenter: "分中心转入",
  department: "部门转入",
  seat: "坐席呼出",
};

const TICKET_STATES: Record<string, string> = {
  draft: "草稿",
  registered: "已登记",
  answered: "已答复",
  not_accepted: "不予受理",
  merged: "已并单",
  referred: "已转介",
  to_dispatch: "待派单",
  dispatched: "已派单",
  in_progress: "办理中",
  replied: "已回复",
  callback: "待回访",
  closed: "已办结",
};

const LANGUAGES: Record<string, string> = { zh: "汉语", mn: "蒙古语" };

const ROLES: Record<string, string> = {
  seat: "话务员",
  shift_leader: "值班长",
  dispatcher: "派单员",
  unit: "承办单位",
  county_station: "旗县区工作站",
  subcenter: "分中心",
  quality: "质检员",
  supervisor: "督办员",
  admin: "管理员",
  auditor: "审计员",
};

export const FIELD_LABELS: Record<FieldName, string> = {
  caller_name: "来电人",
  region_code: "所属旗县区",
  address: "详细地址",
  field: "诉求领域",
  kind: "诉求类型",
  title: "标题",
  content: "诉求内容",
  urgent: "紧急",
  confidential: "保密",
  language: "语种",
};

const word = (table: Record<string, string>) => (code: string | null | undefined) =>
  code ? (table[code] ?? code) : "";

export const callState = word(CALL_STATES);
export const outcome = word(OUTCOMES);
export const mark = word(MARKS);
export const origin = word(ORIGINS);
export const ticketState = word(TICKET_STATES);
export const language = word(LANGUAGES);
export const role = word(ROLES);
export const ghost = word(GHOSTS);
export const systemReason = word(SYSTEM_REASONS);

export const OUTCOME_CHOICES = Object.entries(OUTCOMES);
export const ORIGIN_CHOICES = Object.entries(ORIGINS);
export const KINDS = ["咨询", "求助", "投诉", "举报", "意见建议"] as const;
export const BUSINESS_FIELDS = ["经济调节", "市场监管", "社会管理", "公共服务", "生态环境保护", "其他"] as const;
export const LANGUAGE_CHOICES = [
  { code: "zh", name: "汉语" },
  { code: "mn", name: "蒙古语" },
] as const;
