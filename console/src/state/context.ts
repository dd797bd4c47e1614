/** What every screen is given; made once in main.ts. */
import { inject, type InjectionKey } from "vue";
import type { Api } from "../api/client";
import type { Alert } from "./alert";
import type { Bench } from "./bench";
import type { Clock } from "./clock";
import type { Floor } from "./floor";
import type { Inbox } from "./inbox";
import type { Lead } from "./lead";
import type { Session } from "./session";
import type { TabShelf } from "./shelf";

export interface Context {
  api: Api;
  session: Session;
  bench: Bench;
  clock: Clock;
  alert: Alert;
  shelf: TabShelf;
  floor: Floor;
  lead: Lead;
  inbox: Inbox;
}

export const CONTEXT: InjectionKey<Context> = Symbol("context");

export function useContext(): Context {
  const context = inject(CONTEXT);
  if (context === undefined) throw new Error("main.ts provides the context");
  return context;
}
