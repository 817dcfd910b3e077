/** Choices that are the same for the same seed and name. */
export interface Random {
  /** A whole number, both ends included. */
  next(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
}

/** Mulberry32, begun with the seed and the name together. */
export function randomFrom(seed: number, name = ''): Random {
  let state = seed;
  for (const letter of name) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193);
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const next = (least: number, most: number): number => least + Math.floor(fraction() * (most - least + 1));
  return {
    next,
    pick: (from) => {
      const picked = from[next(0, from.length - 1)];
      if (picked === undefined) throw new RangeError('there is nothing to pick from');
      return picked;
    },
  };
}
