/**
 * What these make, once all of them have ended: whoever goes on when one fails leaves none of the others behind.
 *
 * @throws the first reason, in their order, when any of them has failed.
 */
export async function allEnded<T>(tasks: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
