/** Bytes of a row, unless another size is asked for. */
export const ROW_BYTES = 208;
/** Room for the largest id, the time and the names of their columns. */
export const LEAST_ROW_BYTES = 50;
/** The fewest bytes of a row that has all columns; smaller ones have `id`, `ts` and `pad` alone. */
export const LEAST_FULL_ROW_BYTES = 150;
export const MOST_ROW_BYTES = 500_000;

const SYLLABLES = ['an', 'be', 'cor', 'de', 'el', 'fi', 'gra', 'ho', 'in', 'ka', 'lo', 'ma', 'ner', 'o', 'per', 'qui'];
const PADDING = paddingText(2 * MOST_ROW_BYTES);
/** Neighbours begin far from each other; a prime, so that all places come up. */
const PADDING_STEP = 7_919;

/** The columns that the rows have, as StarRocks wants them. */
export const TABLE_DDL = (table: string): string =>
  `CREATE TABLE ${table} (id BIGINT, name VARCHAR(64), amount DOUBLE, city VARCHAR(64), ts BIGINT, pad VARCHAR(1048576), ` +
  `source VARCHAR(64)) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`;

/** A row as JSON text of so many bytes. `ts` is the time in milliseconds that the latency run measures against. */
export function rowText(id: number, ts: number, bytes = ROW_BYTES): string {
  const start =
    bytes < LEAST_FULL_ROW_BYTES
      ? `{"id":${id},"ts":${ts},"pad":"`
      : `{"id":${id},"name":"user ${id}","amount":${id / 100},"city":"New York","ts":${ts},"pad":"`;
  const length = bytes - start.length - 2;
  const from = (id * PADDING_STEP) % (PADDING.length - length);
  return `${start}${PADDING.slice(from, from + length)}"}`;
}

/** The times in a body of such rows, as milliseconds since the epoch. */
export function timesIn(body: string): number[] {
  return Array.from(body.matchAll(/"ts":(\d{13})/g), ([, digits]) => Number(digits));
}

/** Words as no language has them, the same each time: one letter over and over would flatter every compression. */
function paddingText(characters: number): string {
  let text = '';
  // A linear congruential generator, with the constants of C's rand().
  for (let state = 1; text.length < characters; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += SYLLABLES[(state >>> 16) % SYLLABLES.length] ?? '';
    if ((state >>> 8) % 3 === 0) text += ' ';
  }
  return text.slice(0, characters);
}
