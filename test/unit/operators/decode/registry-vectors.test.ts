import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createConverter } from '../../../../src/operators/decode/create-converter.ts';
import { FakeRegistry } from '../../../support/fake-registry.ts';
import { convert, registrySettings } from '../../../support/registry-converter.ts';
import { schemaDump, typedDump } from '../../../support/typed-dump.ts';

interface Vector {
  readonly id: string;
  readonly type?: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly schema: unknown;
}

interface Recorded {
  readonly schemaId: number;
  readonly wire: string;
  readonly connectSchema: Readonly<Record<string, unknown>>;
  readonly connectValue: unknown;
}

const CLASSES: Readonly<Record<string, string>> = {
  AVRO: 'AvroConverter',
  PROTOBUF: 'ProtobufConverter',
  JSON: 'JsonSchemaConverter',
};

function lines<T>(name: string): T[] {
  const file = new URL(`../../../vectors/connect/${name}`, import.meta.url);
  const text = readFileSync(file, 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as T);
}

const recorded = lines<Recorded>('schema-registry.confluent-7.8.10.jsonl');
const cases = lines<Vector>('schema-registry.in.jsonl').map((vector, index) => ({
  ...vector,
  expected: recorded[index] as Recorded,
}));

describe('the registry converters beside those of Confluent 7.8.10', () => {
  let equal = 0;

  it.each(cases)(
    '$id: the same, but for the version of the subject, which is not asked for',
    async ({ expected, ...vector }) => {
      const { schema, type: schemaType = 'AVRO', config = {} } = vector;
      const registry = await FakeRegistry.start({
        [`/schemas/ids/${expected.schemaId}`]: {
          schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
          ...(schemaType !== 'AVRO' && { schemaType }),
        },
      });
      const converter = createConverter(CLASSES[schemaType] ?? '', config, {
        prefix: 'value.converter.',
        compatibility: 'java',
        registry: registrySettings(registry.url),
      });
      onTestFinished(() => converter.close?.());
      const { schema: connectSchema, value } = await convert(converter, Buffer.from(expected.wire, 'base64'));

      const { version, ...withoutVersion } = expected.connectSchema;
      expect(version).toBe(1);
      expect(schemaDump(connectSchema)).toEqual(withoutVersion);
      expect(typedDump(connectSchema, value)).toEqual(expected.connectValue);
      equal++;
    },
  );

  afterAll(() => {
    process.stdout.write(
      `Confluent 7.8.10 vectors: ${equal} equal but for the subject's version, of ${cases.length}.\n`,
    );
  });
});
