import { ConfigError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { avroFormat } from './avro/avro-format.ts';
import { ByteArrayConverter } from './byte-array-converter.ts';
import { type Compatibility, type Converter } from './converter.ts';
import { ConverterOptions } from './converter-options.ts';
import { JsonConverter } from './json-converter.ts';
import { jsonSchemaFormat } from './json-schema/json-schema-format.ts';
import { NumberConverter, type NumberForm } from './number-converter.ts';
import { protobufFormat } from './protobuf/protobuf-format.ts';
import { RegistryClient, type RegistryTls } from './registry/registry-client.ts';
import { RegistryConverter, type RegistryFormat, type SchemaReader } from './registry/registry-converter.ts';
import { registryClientOptions } from './registry/registry-options.ts';
import { SchemaStore } from './registry/schema-store.ts';
import { SCHEMA_ID_HEADERS } from './registry/wire-format.ts';
import { StringConverter } from './string-converter.ts';

/** What a converter needs besides its own settings. */
export interface ConverterContext {
  /** What the user writes before each of the settings, such as `value.converter.`; for messages. */
  readonly prefix: string;
  /** @default 'exact' */
  readonly compatibility?: Compatibility;
  /** @default 'value' */
  readonly part?: 'key' | 'value';
  /** Certificates for a schema registry; they come from files, which converters don't read. */
  readonly registryTls?: RegistryTls;
  /** Told when a schema registry does not answer. */
  readonly logger?: Logger;
}

type Create = (options: ConverterOptions, context: ConverterContext) => Converter;

const CONVERTERS: Readonly<Record<string, Create>> = {
  'org.apache.kafka.connect.json.JsonConverter': (options, { compatibility = 'exact' }) =>
    new JsonConverter(options, compatibility),
  'org.apache.kafka.connect.storage.StringConverter': (options) => new StringConverter(options),
  'org.apache.kafka.connect.converters.ByteArrayConverter': () => new ByteArrayConverter(),
  ...numberConverters(),
  'io.confluent.connect.avro.AvroConverter': registryConverter(avroFormat),
  'io.confluent.connect.protobuf.ProtobufConverter': registryConverter(protobufFormat),
  'io.confluent.connect.json.JsonSchemaConverter': registryConverter(jsonSchemaFormat),
};

/** The full class names of all converters, as Kafka Connect writes them. */
export const CONVERTER_CLASSES: readonly string[] = Object.keys(CONVERTERS);

/**
 * The full class name of a converter that is given by it, by its simple name (`JsonConverter`) or by that without its ending
 * (`Json`), as Kafka Connect takes them.
 */
export function converterClass(name: string): string | undefined {
  return CONVERTER_CLASSES.find((full) => {
    const simple = full.slice(full.lastIndexOf('.') + 1);
    return name === full || name === simple || `${name}Converter` === simple;
  });
}

/**
 * Makes a converter as Kafka Connect configures it.
 *
 * @param name - a class name that `converterClass` knows.
 * @param entries - its settings, without the prefix; those that it doesn't know are left alone, as in Kafka Connect.
 * @throws ConfigError for an unknown class or a value that a setting does not take.
 */
export function createConverter(
  name: string,
  entries: Readonly<Record<string, string>>,
  context: ConverterContext,
): Converter {
  const create = CONVERTERS[converterClass(name) ?? ''];
  if (!create) {
    throw new ConfigError([
      `\`${context.prefix.replace(/\.$/, '')}\` is \`${name}\`, which is not a converter that is known here; there are ${CONVERTER_CLASSES.join(', ')}.`,
    ]);
  }
  return create(new ConverterOptions(entries, context.prefix), context);
}

function registryConverter(
  formatOf: (options: ConverterOptions, compatibility: Compatibility) => RegistryFormat,
): Create {
  return (options, { compatibility = 'exact', part = 'value', registryTls, logger }) => {
    const format = formatOf(options, compatibility);
    const client = new RegistryClient(registryClientOptions(options, registryTls));
    const store = new SchemaStore<SchemaReader>({
      fetch: (key, signal) => client.schema(key, signal),
      compile: (schema) => {
        if (schema.type !== format.type) throw new Error(`The schema is of type ${schema.type}, not ${format.type}`);
        return format.compile(schema);
      },
      logger,
    });
    return new RegistryConverter({ format, store, header: SCHEMA_ID_HEADERS[part], onClose: () => client.close() });
  };
}

function numberConverters(): Record<string, Create> {
  const forms: readonly NumberForm[] = ['Short', 'Integer', 'Long', 'Float', 'Double', 'Boolean'];
  return Object.fromEntries(
    forms.map((form): [string, Create] => [
      `org.apache.kafka.connect.converters.${form}Converter`,
      () => new NumberConverter(form),
    ]),
  );
}
