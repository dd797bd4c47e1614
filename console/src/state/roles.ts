/** Who sees which pages; the desk decides for itself what each may do (hotline_app/desk/roles.py). */
import { LEADERS } from "./lead";

export const LISTENERS: ReadonlySet<string> = new Set([
  "seat",
  "shift_leader",
  "supervisor",
  "admin",
  "quality",
  "auditor",
]);
export const REVIEWERS: ReadonlySet<string> = new Set(["shift_leader", "supervisor", "admin", "quality", "auditor"]);
export const EDITORS = LEADERS;
export const SEATED: ReadonlySet<string> = new Set([...EDITORS, "seat"]);
export const DIRECTORS: ReadonlySet<string> = new Set(["supervisor", "admin"]);
export const CALLERS_BACK: ReadonlySet<string> = new Set([...LISTENERS, "dispatcher"]);
