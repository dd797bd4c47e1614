/** Runs a request of a page: busy while it lasts, and a refusal shown with what to do about it. */
import { ref, shallowRef, type Ref } from "vue";
import { Problem } from "../api/http";
import { said } from "./bench";
import { useContext } from "./context";

export interface Guarded {
  busy: Ref<boolean>;
  /** The last refusal, until the next run. */
  fault: Ref<Problem | null>;
  /** True when it went well. `quiet`: the page shows `fault` itself. */
  run(job: () => Promise<void>, quiet?: boolean): Promise<boolean>;
}

export function useGuarded(): Guarded {
  const { bench } = useContext();
  const busy = ref(false);
  const fault = shallowRef<Problem | null>(null);
  async function run(job: () => Promise<void>, quiet = false): Promise<boolean> {
    busy.value = true;
    fault.value = null;
    try {
      await job();
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      fault.value = error;
      if (!quiet) bench.onNotice({ kind: "error", text: said(error) });
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { busy, fault, run };
}
