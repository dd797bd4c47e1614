/** Runs `job` soon after it is asked for, at most once in `ms`, however often it is asked for; never two at a time. */
export function coalesce(job: () => Promise<void>, ms: number): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last = Number.NEGATIVE_INFINITY;
  let running = false;
  let again = false;
  const run = async () => {
    timer = undefined;
    running = true;
    again = false;
    last = Date.now();
    try {
      await job();
    } finally {
      running = false;
      if (again) ask();
    }
  };
  const ask = () => {
    if (running) again = true;
    else timer ??= setTimeout(() => void run(), Math.max(0, last + ms - Date.now()));
  };
  return ask;
}
