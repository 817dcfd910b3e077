import { z } from 'zod';
import { type LoadIntent } from '../core/load-decisions.ts';

/** What stands in the metadata of a committed offset while a load of what follows it is under way. */
export interface LoadDecision extends LoadIntent {
  /** `open`: unless a decision follows, it never counts. `decided`: it counts, whatever happens. */
  readonly state: 'open' | 'decided';
  /** Where the partition goes on once the load has succeeded. */
  readonly nextOffset: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Kafka's `offset.metadata.max.bytes`. */
const MAX_BYTES = 4_096;
/** An entry of one table is what versions wrote that know no other; what they cannot read they leave to a person. */
const ONE_TABLE = 1;
const SEVERAL_TABLES = 2;

const fields = {
  state: z.enum(['open', 'decided']),
  label: z.string().min(1),
  database: z.string(),
  table: z.string(),
  nextOffset: z.int().nonnegative(),
  time: z.number(),
  deadLetterEnds: z.array(z.int().nonnegative()).optional(),
};
const decisionSchema = z.discriminatedUnion('tributary', [
  z.object({ ...fields, tributary: z.literal(ONE_TABLE) }),
  z.object({
    ...fields,
    tributary: z.literal(SEVERAL_TABLES),
    others: z.array(z.string().regex(/^[^.]+\.[^]+$/)).min(1),
  }),
]);

/** What any version of Tributary wrote. */
const ownSchema = z.looseObject({ tributary: z.unknown() });

/**
 * A decision as the metadata of an offset.
 *
 * @throws RangeError when it is longer than Kafka takes: only a dead letter topic of hundreds of partitions makes it so.
 */
export function writeDecision({ others, ...decision }: LoadDecision): string {
  const text = JSON.stringify(
    others === undefined
      ? { tributary: ONE_TABLE, ...decision }
      : { tributary: SEVERAL_TABLES, ...decision, others: others.map(({ database, table }) => `${database}.${table}`) },
  );
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) {
    throw new RangeError(
      `The state of load ${decision.label} takes ${bytes} bytes; Kafka stores ${MAX_BYTES} with an offset.`,
    );
  }
  return text;
}

/**
 * Reads the metadata of a committed offset.
 *
 * @returns undefined when there is none, or when somebody else wrote it: the Java connector, or a person.
 * @throws Error for metadata of Tributary that this version cannot read: to pass over it could load rows twice.
 */
export function readDecision(metadata: string): LoadDecision | undefined {
  if (metadata === '') return undefined;
  const parsed = parse(metadata);
  if (!ownSchema.safeParse(parsed).success) return undefined;
  const { success, data } = decisionSchema.safeParse(parsed);
  if (!success) {
    throw new Error(`The committed offset has metadata of another version of Tributary: ${metadata.slice(0, 300)}`);
  }
  const { state, label, database, table, nextOffset, time, deadLetterEnds } = data;
  return {
    state,
    label,
    database,
    table,
    nextOffset,
    time,
    ...(data.tributary === SEVERAL_TABLES && { others: data.others.map(tableName) }),
    ...(deadLetterEnds && { deadLetterEnds }),
  };
}

/** A database's name has no dots. */
function tableName(text: string): { readonly database: string; readonly table: string } {
  const dot = text.indexOf('.');
  return { database: text.slice(0, dot), table: text.slice(dot + 1) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
