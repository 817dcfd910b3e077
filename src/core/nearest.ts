/** Edits between two texts, a swap of neighbours counting as one: the usual ways of mistyping a key. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let least = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        least = Math.min(least, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(least);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** The known key closest to the given one, if at most so many edits away. */
export function nearest(given: string, known: Iterable<string>, most: number): string | undefined {
  let best: string | undefined;
  let least = most + 1;
  for (const candidate of known) {
    // The difference in length is a lower bound, and much cheaper.
    if (Math.abs(candidate.length - given.length) >= least) continue;
    const distance = editDistance(given, candidate);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** The known key that the given one is very likely meant to be. */
export function likelyMeant(given: string, known: Iterable<string>): string | undefined {
  return nearest(given, known, Math.min(2, Math.max(1, Math.floor(given.length / 4))));
}
