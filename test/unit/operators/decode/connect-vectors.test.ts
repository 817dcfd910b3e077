import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { type Compatibility, DataError } from '../../../../src/operators/decode/converter.ts';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { SimpleHeaderConverter } from '../../../../src/operators/decode/simple-header-converter.ts';
import { schemaDump, typedDump } from '../../../support/typed-dump.ts';

/** Where Kafka Connect loses or bends something, and what is done instead unless `java` is asked for. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  'json:bigint': 'integers over 64 bits wrap, other numbers round to a double: here all digits are kept',
  'json:trail': 'text after the first value is dropped without a word: here the record is refused',
  "json:ws',":
    'a value of spaces is taken for a tombstone, so the record is dropped without a word: here it is refused',
  headers: 'the text "1,2" becomes the int8 1: here it is text',
  'env:int8 overflow': '300 becomes the int8 44: here the record is refused',
  'env:bool from int': 'the number 1 becomes false: here the record is refused',
  'env:float': 'the text "x" becomes 0.0: here the record is refused',
};

interface Bytes {
  readonly utf8?: string;
  readonly b64?: string;
}

interface Vector {
  readonly id: string;
  readonly config: Readonly<Record<string, string>>;
  readonly records: readonly {
    readonly topic: string;
    readonly value?: Bytes;
    readonly headers?: readonly (readonly [string, Bytes | null])[];
  }[];
}

interface Recorded {
  readonly results: readonly {
    readonly record?: { readonly valueSchema: unknown; readonly value: unknown; readonly headers: unknown };
    readonly error?: { readonly stage: string; readonly class: string; readonly message: string };
  }[];
}

function lines<T>(name: string): T[] {
  const file = new URL(`../../../vectors/connect/${name}`, import.meta.url);
  const text = readFileSync(file, 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as T);
}

const vectors = lines<Vector>('converters.in.jsonl');
const recorded = lines<Recorded>('converters.kafka-4.1.0.jsonl');
const cases = vectors.map((vector, index) => ({ ...vector, expected: expectedOf(recorded[index] as Recorded) }));

function expectedOf({ results }: Recorded): unknown[] {
  return results.map(({ record, error }) => {
    if (record) return { schema: record.valueSchema, value: record.value, headers: record.headers };
    return { class: error?.class, message: error?.message.replace(/: $/, '') };
  });
}

function converted({ config, records }: Vector, compatibility: Compatibility): unknown[] {
  const prefix = 'value.converter.';
  const entries = Object.entries(config)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value]);
  const converter = createConverter(
    config['value.converter'] ?? 'org.apache.kafka.connect.json.JsonConverter',
    Object.fromEntries(entries) as Record<string, string>,
    { prefix, compatibility },
  );
  const headerConverter = new SimpleHeaderConverter(compatibility);
  return records.map(({ topic, value, headers = [] }) => {
    const convertedHeaders = headers.map(([key, text]) => {
      const { schema, value: data } = headerConverter.toConnectHeader(text && bytesOf(text));
      return { key, schema: schemaDump(schema), value: typedDump(schema, data) };
    });
    try {
      const { schema, value: data } = converter.toConnect(bytesOf(value), { topic, headers: {} });
      return { schema: schemaDump(schema), value: typedDump(schema, data), headers: convertedHeaders };
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { class: 'org.apache.kafka.connect.errors.DataException', message: error.message };
    }
  });
}

function bytesOf(value: Bytes | undefined): Uint8Array | null {
  if (value === undefined) return null;
  return value.utf8 === undefined ? Buffer.from(value.b64 ?? '', 'base64') : Buffer.from(value.utf8, 'utf8');
}

describe('the converters beside those of Kafka 4.1.0', () => {
  const counts = { equal: 0, different: 0 };

  it.each(cases)('$id: the same with compatibility java', ({ expected, ...vector }) => {
    expect(converted(vector, 'java')).toEqual(expected);
  });

  it.each(cases)('$id: the same, or a difference that is meant', ({ expected, ...vector }) => {
    const result = converted(vector, 'exact');
    if (Object.hasOwn(DIFFERENCES, vector.id)) {
      expect(result).not.toEqual(expected);
      counts.different++;
    } else {
      expect(result).toEqual(expected);
      counts.equal++;
    }
  });

  afterAll(() => {
    process.stdout.write(
      `Kafka 4.1.0 vectors: ${counts.equal} equal, ${counts.different} meant differences, of ${vectors.length}; with compatibility java all are equal.\n`,
    );
  });
});
