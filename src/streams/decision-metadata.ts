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
const VERSION = 1;

const decisionSchema = z.object({
  tributary: z.literal(VERSION),
  state: z.enum(['open', 'decided']),
  label: z.string().min(1),
  database: z.string(),
  table: z.string(),
  nextOffset: z.int().nonnegative(),
  time: z.number(),
  deadLetterEnds: z.array(z.int().nonnegative()).optional(),
});

/**
 * A decision as the metadata of an offset.
 *
 * @throws RangeError when it is longer than Kafka takes: only a dead letter topic of hundreds of partitions makes it so.
 */
export function writeDecision(decision: LoadDecision): string {
  const text = JSON.stringify({ tributary: VERSION, ...decision });
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
  const parsed = parse(metadata);
  if (!z.looseObject({ tributary: z.unknown() }).safeParse(parsed).success) return undefined;
  const { success, data } = decisionSchema.safeParse(parsed);
  if (!success) {
    throw new Error(`The committed offset has metadata of another version of Tributary: ${metadata.slice(0, 300)}`);
  }
  const { tributary: _, deadLetterEnds, ...decision } = data;
  return { ...decision, ...(deadLetterEnds && { deadLetterEnds }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
