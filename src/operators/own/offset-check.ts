/**
 * Tells which offsets are among those of some records. It is quick as long as it is asked in their order, as it nearly
 * always is.
 *
 * @param offsetAt the offset of the i-th record.
 */
export function offsetCheck(length: number, offsetAt: (index: number) => number): (offset: number) => boolean {
  let next = 0;
  let all: Set<number> | undefined;
  return (offset) => {
    if (all) return all.has(offset);
    for (let index = next; index < length; index++) {
      if (offsetAt(index) !== offset) continue;
      next = index;
      return true;
    }
    all = new Set(Array.from({ length }, (_, index) => offsetAt(index)));
    return all.has(offset);
  };
}
