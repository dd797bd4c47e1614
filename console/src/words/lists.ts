/** The words of the lists and settings. A code without a word is shown as it is. */
const word = (table: Record<string, string>) => (code: string | null | undefined) =>
  code ? (table[code] ?? code) : "";

export const STRATEGIES: Record<string, string> = {
  longest_idle: "空闲最久优先",
  least_calls: "今日接听最少优先",
  least_talk: "今日通话最短优先",
  highest_skill: "技能级别高者优先",
};
export const WAYS: Record<string, string> = {
  overflow: "溢出到其他组",
  callback: "提供回拨",
  voicemail: "转留言",
  wait: "继续等候",
};
export const CALLBACK_KINDS: Record<string, string> = { missed: "未接", voicemail: "留言", kept_place: "保留次序" };
export const CALLBACK_STATES: Record<string, string> = {
  open: "待回拨",
  reached: "已接通",
  given_up: "多次未通",
  closed: "已关闭",
};
export const RESULTS: Record<string, string> = {
  reached: "已接通",
  no_answer: "无人接听",
  busy: "忙线",
  failed: "无法接通",
};
export const RESTRICTION_KINDS: Record<string, string> = { throttle: "限频（排在最后）", block: "拒接" };
export const RESTRICTION_STATES: Record<string, string> = {
  proposed: "待复核",
  active: "生效中",
  refused: "未同意",
  ended: "已解除",
  expired: "已到期",
};
export const DAYS = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"] as const;
export const PRIORITIES: { value: number; name: string }[] = [
  { value: 0, name: "0 应急转入" },
  { value: 1, name: "1 65岁以上、残疾人" },
  { value: 2, name: "2 分中心、部门转入" },
  { value: 3, name: "3 重复来电" },
  { value: 5, name: "5 普通" },
  { value: 9, name: "9 限频" },
];

export const callbackKind = word(CALLBACK_KINDS);
export const callbackState = word(CALLBACK_STATES);
export const callbackResult = word(RESULTS);
export const restrictionKind = word(RESTRICTION_KINDS);
export const restrictionState = word(RESTRICTION_STATES);
export const strategy = word(STRATEGIES);
export const way = word(WAYS);
