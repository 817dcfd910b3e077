import { Random } from '../support/random.ts';

/** A topic, and the table of the same name. */
export interface Stream {
  readonly name: string;
  readonly partitions: number;
  /** The table keeps every row, or the newest row of each key. */
  readonly keeps: 'every row' | 'newest of a key';
}

export const STREAMS: readonly Stream[] = [
  { name: 'orders', partitions: 4, keeps: 'every row' },
  { name: 'events', partitions: 3, keeps: 'every row' },
  { name: 'users', partitions: 2, keeps: 'newest of a key' },
];

/** What is wrong with a row: three kinds that are bad in themselves, two that StarRocks refuses. */
const FAULTS = ['cut short', 'an array in an array', 'a text', 'null where it may not be', 'too long'] as const;
export type RowFault = (typeof FAULTS)[number];

/** A row; its number in the topic decides all of it. */
export interface Row {
  readonly id: number;
  readonly k: number;
  readonly n: number;
  readonly note: string;
  /** Undefined for a row that can be loaded. */
  readonly fault: RowFault | undefined;
}

export const NOTE_BYTES = 40;
const KEYS = 997;
/** Bad rows come in crowds, as they do when a producer is wrong for a while. */
const CROWD = 300;

export function columnsOf({ keeps }: Stream): string {
  const rest = `n INT NOT NULL, note VARCHAR(${NOTE_BYTES})`;
  return keeps === 'every row'
    ? `(id BIGINT, k BIGINT, ${rest}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`
    : `(k BIGINT NOT NULL, id BIGINT, ${rest}) PRIMARY KEY(k) DISTRIBUTED BY HASH(k)`;
}

/** The row with this number: the same whenever it is asked for, so that nobody has to remember it. */
export function rowOf(seed: number, id: number): Row {
  const crowd = new Random(seed ^ Math.imul(Math.floor(id / CROWD) + 1, 0x9e3779b1));
  const share = crowd.chance(0.75) ? 0 : crowd.chance(0.8) ? 0.01 : 0.3;
  const own = new Random(seed ^ Math.imul(id + 1, 0x85ebca6b));
  const fault = own.chance(share) ? own.pick(FAULTS) : undefined;
  return { id, k: own.between(0, KEYS - 1), n: own.between(0, 2 ** 31 - 1), note: `row ${id}`, fault };
}

/** The row as it stands in Kafka. */
export function valueOf({ id, k, n, note, fault }: Row): string {
  const json = JSON.stringify({ id, k, n, note });
  switch (fault) {
    case undefined:
      return json;
    case 'cut short':
      return json.slice(0, -3);
    case 'an array in an array':
      return `[[${json}]]`;
    case 'a text':
      return JSON.stringify(json);
    case 'null where it may not be':
      return JSON.stringify({ id, k, n: null, note });
    case 'too long':
      return JSON.stringify({ id, k, n, note: note.padEnd(NOTE_BYTES + 1, '!') });
  }
}
