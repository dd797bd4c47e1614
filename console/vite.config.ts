import vue from "@vitejs/plugin-vue";
import Components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig } from "vitest/config";

// The desk serves console/dist at /; `npm run dev` forwards the API to a desk on this machine.
const desk = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [
    vue(),
    // Only the Element Plus components that templates use are bundled, each with its own style.
    Components({ dirs: [], resolvers: [ElementPlusResolver()], dts: "components.d.ts" }),
  ],
  build: { target: "es2022", chunkSizeWarningLimit: 600 },
  server: { proxy: { "/api": { target: desk, ws: true } } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
