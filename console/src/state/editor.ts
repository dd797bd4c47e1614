/** A dialog that makes or changes one row: the form, whether it is new, and one key per opening for the creation. */
import { computed, ref, shallowRef, type Ref, type ShallowRef, type WritableComputedRef } from "vue";
import { useContext } from "./context";
import { useGuarded, type Guarded } from "./guarded";

export interface Editor<R, F> {
  form: Ref<F | null>;
  /** The row being changed, null for a new one. */
  row: ShallowRef<R | null>;
  open: WritableComputedRef<boolean>;
  busy: Ref<boolean>;
  fault: Guarded["fault"];
  begin(form: F, row: R | null): void;
  /** Saves, closes and says so; a refusal stays in the dialog. */
  save(job: (key: string) => Promise<unknown>, done: string): Promise<void>;
}

export function useEditor<R, F>(after: () => Promise<unknown>): Editor<R, F> {
  const { bench } = useContext();
  const { busy, fault, run } = useGuarded();
  const form = ref<F | null>(null) as Ref<F | null>;
  const row = shallowRef<R | null>(null) as ShallowRef<R | null>;
  const open = computed({ get: () => form.value !== null, set: (on) => !on && (form.value = null) });
  let key = "";
  return {
    form,
    row,
    open,
    busy,
    fault,
    begin(value, of) {
      key = crypto.randomUUID();
      fault.value = null;
      row.value = of;
      form.value = structuredClone(value);
    },
    async save(job, done) {
      if (!(await run(async () => void (await job(key)), true))) {
        // Somebody else was faster, or the form is wrong: another try is another request.
        key = crypto.randomUUID();
        return;
      }
      form.value = null;
      bench.onNotice({ kind: "info", text: done });
      await after();
    },
  };
}
