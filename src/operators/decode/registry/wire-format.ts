import { type ConverterRecord } from '../converter.ts';

const ID = 0;
const GUID = 1;
/** What stands in front of data, where that is the id of a schema. */
export const ID_LENGTH = 5;
const GUID_LENGTH = 17;

/** Bytes that were written with a schema of a registry, in Confluent's wire format. */
export interface Frame {
  /** What names the schema: its id as a number in text, or its GUID. */
  readonly key: string;
  /** What comes after the schema's name, in front of the data: a Protobuf message's place in its file, or nothing. */
  readonly prefix: Uint8Array | undefined;
  /** The data, with the prefix in front when that isn't kept apart. */
  readonly payload: Uint8Array;
}

/** The header in which newer serializers keep the schema's name, by what it is for. */
export const SCHEMA_ID_HEADERS = { key: '__key_schema_id', value: '__value_schema_id' } as const;

/** What names the schema of bytes, where they are in the wire format. */
export function schemaKey(bytes: Uint8Array, record: ConverterRecord, header: string): string | undefined {
  const named = schemaName(record, header);
  return ((named && keyOf(named)) ?? keyOf(bytes))?.text;
}

/**
 * Takes a frame apart: a header with a GUID when the record has one, otherwise a zero byte and a schema id, or a one and a
 * GUID, in front of the payload.
 *
 * @returns undefined when it begins with neither: it is not in the wire format.
 */
export function readFrame(bytes: Uint8Array, record: ConverterRecord, header: string): Frame | undefined {
  const named = schemaName(record, header);
  if (named) {
    const key = keyOf(named);
    if (key) return { key: key.text, prefix: named.subarray(key.length), payload: bytes };
  }
  const key = keyOf(bytes);
  return key && { key: key.text, prefix: undefined, payload: bytes.subarray(key.length) };
}

function schemaName({ headers }: ConverterRecord, header: string): Uint8Array | undefined {
  const named = headers[header];
  const name = Array.isArray(named) ? (named as readonly unknown[]).at(-1) : named;
  return name instanceof Uint8Array ? name : undefined;
}

/** The id of the schema in front of data; undefined where something else stands there. */
export function schemaId(memory: Uint8Array, start: number, end: number): number | undefined {
  if (memory[start] !== ID || end - start < ID_LENGTH) return undefined;
  return (
    ((memory[start + 1] as number) << 24) |
    ((memory[start + 2] as number) << 16) |
    ((memory[start + 3] as number) << 8) |
    (memory[start + 4] as number)
  );
}

function keyOf(bytes: Uint8Array): { readonly text: string; readonly length: number } | undefined {
  const id = schemaId(bytes, 0, bytes.length);
  if (id !== undefined) return { text: String(id), length: ID_LENGTH };
  if (bytes[0] === GUID && bytes.length >= GUID_LENGTH) {
    const hex = Buffer.from(bytes.subarray(1, GUID_LENGTH)).toString('hex');
    return { text: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'), length: GUID_LENGTH };
  }
  return undefined;
}
