/**
 * Waits for a task, but not longer than a limit; the task itself goes on.
 *
 * @returns whether it ended in time. A task that fails in time rejects.
 */
export async function within(limitMs: number, task: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([task.then(() => true), limit]);
  } finally {
    clearTimeout(timer);
  }
}
