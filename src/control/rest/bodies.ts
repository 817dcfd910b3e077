import { z } from 'zod';
import { type WantedOffset } from '../connector-offsets.ts';
import { type TargetState, targetStates } from '../task-runner.ts';
import { WorkerError } from '../worker-error.ts';

/** Settings as JSON has them: Kafka Connect takes numbers and booleans for their texts. */
export function readConfig(body: unknown): Map<string, string | null> {
  const config = new Map<string, string | null>();
  for (const [key, value] of Object.entries(asObject(body, 'The configuration'))) {
    const text = scalarText(value);
    if (text === undefined && value !== null) {
      throw new WorkerError(400, `The value of ${key} must be a text, as every setting of a connector is.`);
    }
    config.set(key, text ?? null);
  }
  return config;
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** What `POST /connectors` takes. */
export interface CreateRequest {
  readonly name: string;
  readonly config: Map<string, string | null>;
  readonly target: TargetState;
}

export function readCreateRequest(body: unknown): CreateRequest {
  const { name, config, initial_state: state, ...others } = asObject(body, 'The request');
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new WorkerError(
      400,
      `Unrecognized field "${unknown}" (3 known properties: "config", "name", "initial_state")`,
    );
  }
  const nameText = scalarText(name ?? '');
  if (nameText === undefined) {
    throw new WorkerError(400, 'The name of the connector must be a text.');
  }
  if (config === undefined || config === null) throw new WorkerError(400, 'The request needs a "config".');
  const target = targetStates.find((one) => one === textOf(state ?? 'RUNNING').toUpperCase());
  if (target === undefined) {
    throw new WorkerError(
      400,
      `The initial_state must be ${targetStates.join(', ')}, and is ${JSON.stringify(state)}.`,
    );
  }
  return { name: nameText.trim(), config: readConfig(config), target };
}

const offsetsBody = z.object({
  offsets: z.array(
    z.object({
      partition: z.record(z.string(), z.unknown()).nullish(),
      offset: z.record(z.string(), z.unknown()).nullish(),
    }),
  ),
});

/** What `PATCH /connectors/{name}/offsets` takes, checked as Kafka Connect does. */
export function readOffsets(body: unknown): WantedOffset[] {
  const given = asObject(body, 'The request');
  if (given['offsets'] === undefined || given['offsets'] === null || isEmptyList(given['offsets'])) {
    throw new WorkerError(400, 'Partitions / offsets need to be provided for an alter offsets request');
  }
  const parsed = offsetsBody.safeParse(given);
  if (!parsed.success) {
    throw new WorkerError(400, 'The "offsets" must be a list of objects with a "partition" and an "offset" each.');
  }
  const wanted = parsed.data.offsets.map(({ partition, offset }) =>
    readOffset(partition ?? undefined, offset ?? undefined),
  );
  const keys = wanted.map(({ topic, partition }) => `${topic}/${partition}`);
  if (new Set(keys).size < keys.length) {
    throw new WorkerError(400, 'The "offsets" name a partition more than once.');
  }
  return wanted;
}

function readOffset(
  partition: Readonly<Record<string, unknown>> | undefined,
  offset: Readonly<Record<string, unknown>> | undefined,
): WantedOffset {
  if (!partition) throw new WorkerError(400, 'The partition for a sink connector offset cannot be null or missing');
  const { kafka_topic: topic, kafka_partition: number } = partition;
  if (topic === undefined || number === undefined) {
    throw new WorkerError(
      400,
      "The partition for a sink connector offset must contain the keys 'kafka_topic' and 'kafka_partition'",
    );
  }
  if (topic === null) throw new WorkerError(400, 'Kafka topic names must be valid strings and may not be null');
  if (number === null) throw new WorkerError(400, 'Kafka partitions must be valid numbers and may not be null');
  const index = wholeNumber(number);
  if (index === undefined) {
    throw new WorkerError(
      400,
      `Failed to parse the following Kafka partition value in the provided offsets: '${textOf(number)}'. Partition values for sink connectors need to be integers.`,
    );
  }
  if (!offset) return { topic: textOf(topic), partition: index, offset: undefined };
  if (offset['kafka_offset'] === undefined) {
    throw new WorkerError(
      400,
      "The offset for a sink connector should either be null or contain the key 'kafka_offset'",
    );
  }
  const position = wholeNumber(offset['kafka_offset']);
  if (position === undefined) {
    throw new WorkerError(
      400,
      `Failed to parse the following Kafka offset value in the provided offsets: '${textOf(offset['kafka_offset'])}'. Offset values for sink connectors need to be integers.`,
    );
  }
  return { topic: textOf(topic), partition: index, offset: position };
}

/** A value as it stands in a message. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A whole number, also as a text. */
function wholeNumber(given: unknown): number | undefined {
  if (typeof given !== 'number' && typeof given !== 'string') return undefined;
  if (!/^[+-]?\d+$/.test(String(given))) return undefined;
  const number = Number(given);
  return Number.isSafeInteger(number) ? number : undefined;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function asObject(body: unknown, what: string): Readonly<Record<string, unknown>> {
  const parsed = z.record(z.string(), z.unknown()).safeParse(body);
  if (!parsed.success) throw new WorkerError(400, `${what} must be a JSON object.`);
  return parsed.data;
}
