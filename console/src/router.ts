import { createRouter, createWebHistory, type Router } from "vue-router";
import { Problem } from "./api/http";
import { LEADERS } from "./state/lead";
import { CALLERS_BACK, LISTENERS, REVIEWERS } from "./state/roles";
import type { Session } from "./state/session";

export function makeRouter(session: Session): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: "/login", name: "login", component: () => import("./views/LoginView.vue") },
      { path: "/wall", name: "wall", component: () => import("./views/WallView.vue") },
      {
        path: "/",
        component: () => import("./views/ShellView.vue"),
        children: [
          { path: "", name: "bench", component: () => import("./views/BenchView.vue") },
          { path: "board", name: "board", component: () => import("./views/BoardView.vue"), meta: { roles: LEADERS } },
          { path: "calls", name: "calls", component: () => import("./views/CallsView.vue") },
          {
            path: "recordings",
            name: "recordings",
            component: () => import("./views/RecordingsView.vue"),
            meta: { roles: LISTENERS },
          },
          {
            path: "callbacks",
            name: "callbacks",
            component: () => import("./views/CallbacksView.vue"),
            meta: { roles: CALLERS_BACK },
          },
          {
            path: "admin/:tab?",
            name: "admin",
            component: () => import("./views/AdminView.vue"),
            meta: { roles: REVIEWERS },
          },
        ],
      },
      { path: "/:rest(.*)*", redirect: "/" },
    ],
  });
  router.beforeEach(async (to) => {
    try {
      const known = await session.known();
      if (!known && to.name !== "login") return { name: "login", query: to.path === "/" ? {} : { to: to.path } };
      if (known && to.name === "login") return { name: "bench" };
      const roles = to.meta.roles as ReadonlySet<string> | undefined;
      if (roles !== undefined && !roles.has(session.me.value?.role ?? "")) return { name: "bench" };
      return true;
    } catch (error) {
      // The desk is away: the login page says so and lets the person try again.
      if (!(error instanceof Problem)) throw error;
      return to.name === "login" ? true : { name: "login", query: { away: "1" } };
    }
  });
  return router;
}
