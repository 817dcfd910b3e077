/** The compressions of Kafka. */
export const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type Codec = (typeof CODECS)[number];

/** What there is to load. */
export interface Workload {
  /** Of all topics together. */
  readonly rows: number;
  /** Of each row. */
  readonly rowBytes: number;
  /** Of each topic. */
  readonly partitions: number;
  /** Each has a table of its own. */
  readonly topics: number;
  readonly codec: Codec;
}

/** The values of each dimension; the first ones together are the base. */
export type Dimensions = { readonly [Name in keyof Workload]: readonly [Workload[Name], ...Workload[Name][]] };

/** Rows of the workload that is little else than the start of a process. */
const START_ROWS = 1_000;
/** From here on there are only as many rows as make MOST_BYTES: 2,000,000 rows of 100 kB would be 200 GB. */
export const LARGE_ROW_BYTES = 500;
export const MOST_BYTES = 1_000_000_000;

/** The base, and for each further value of a dimension the base with that one value. */
export function workloadsOf({ rows, rowBytes, partitions, topics, codec }: Dimensions): [Workload, ...Workload[]] {
  const base = { rows: rows[0], rowBytes: rowBytes[0], partitions: partitions[0], topics: topics[0], codec: codec[0] };
  const others: Workload[] = [
    ...rows.slice(1).map((value) => ({ ...base, rows: value })),
    ...rowBytes.slice(1).map((value) => ({ ...base, rowBytes: value })),
    ...partitions.slice(1).map((value) => ({ ...base, partitions: value })),
    ...topics.slice(1).map((value) => ({ ...base, topics: value })),
    ...codec.slice(1).map((value) => ({ ...base, codec: value })),
  ];
  return [bounded(base), ...others.map(bounded)];
}

function bounded(workload: Workload): Workload {
  const { rows, rowBytes } = workload;
  return rowBytes < LARGE_ROW_BYTES
    ? workload
    : { ...workload, rows: Math.min(rows, Math.floor(MOST_BYTES / rowBytes)) };
}

/**
 * Hardly a row of a workload: what is left of its cost is the start, which is longer with more partitions and topics, and the same
 * whatever the rows are like.
 */
function startOf({ partitions, topics }: Workload, base: Workload): Workload {
  return { ...base, rows: START_ROWS, partitions, topics };
}

/** The starts of all these, each once. */
export function startsOf(workloads: readonly [Workload, ...Workload[]]): Workload[] {
  const [base] = workloads;
  const starts = workloads.map((workload) => startOf(workload, base));
  return starts.filter((start, index) => starts.findIndex((other) => isSameStart(other, start)) === index);
}

/** Whether both start alike. */
export function isSameStart(one: Workload, other: Workload): boolean {
  return one.partitions === other.partitions && one.topics === other.topics;
}

/** All of a workload: `2,000,000 rows of 208 bytes, 4 partitions, 1 topic, not compressed`. */
export function describeWorkload({ rows, rowBytes, partitions, topics, codec }: Workload): string {
  return [
    `${count(rows, 'row')} of ${rowBytes} bytes`,
    `${count(partitions, 'partition')}${topics === 1 ? '' : ' each'}`,
    count(topics, 'topic'),
    codec === 'none' ? 'not compressed' : codec,
  ].join(', ');
}

/** What a workload has that its base does not have. */
export function difference(workload: Workload, base: Workload): string {
  if (workload === base) return `base: ${describeWorkload(base)}`;
  const { rows, rowBytes, partitions, topics, codec } = workload;
  const parts = [
    ...(rowBytes === base.rowBytes ? [] : [`rows of ${rowBytes.toLocaleString('en-US')} bytes`]),
    ...(rows === base.rows ? [] : [count(rows, 'row')]),
    ...(partitions === base.partitions ? [] : [count(partitions, 'partition')]),
    ...(topics === base.topics ? [] : [count(topics, 'topic')]),
    ...(codec === base.codec ? [] : [codec]),
  ];
  return parts.join(', ');
}

function count(number: number, what: string): string {
  return `${number.toLocaleString('en-US')} ${what}${number === 1 ? '' : 's'}`;
}
