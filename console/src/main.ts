/** Composition root: makes each part once and hands it to the screens. */
import "element-plus/theme-chalk/base.css";
import "./style.css";
import { createApp } from "vue";
import { Api } from "./api/client";
import { Http } from "./api/http";
import App from "./App.vue";
import { makeRouter } from "./router";
import { Alert } from "./state/alert";
import { Bench } from "./state/bench";
import { Board } from "./state/board";
import { Clock } from "./state/clock";
import { CONTEXT } from "./state/context";
import { Floor } from "./state/floor";
import { Inbox } from "./state/inbox";
import { Lead } from "./state/lead";
import { Session } from "./state/session";
import { TabShelf } from "./state/shelf";
import { Works } from "./state/works";

const http = new Http();
const api = new Api(http);
const session = new Session(api);
const clock = new Clock(http);
const alert = new Alert();
const shelf = new TabShelf(sessionStorage);
const bench = new Bench(api, clock, new Board(api), new Works(api, shelf), alert);
const floor = new Floor(api);
const lead = new Lead(api, session, bench, floor);
const inbox = new Inbox(api, bench);
bench.listeners.add((event) => floor.received(event));
bench.listeners.add((event) => inbox.received(event));
const router = makeRouter(session);

http.onSignedOut = () => {
  if (session.me.value === null) return;
  session.forget();
  bench.stop();
  floor.stop();
  void router.push({ name: "login", query: { expired: "1" } });
};

clock.start();
createApp(App).provide(CONTEXT, { api, session, bench, clock, alert, shelf, floor, lead, inbox }).use(router).mount("#app");
