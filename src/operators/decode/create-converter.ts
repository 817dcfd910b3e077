import { CONVERTER_CLASSES, type ConverterClass, converterClass } from '../../core/converter-classes.ts';
import { ConfigError } from '../../core/errors.ts';
import { type Logger } from '../../core/logger.ts';
import { avroFormat } from './avro/avro-format.ts';
import { ByteArrayConverter } from './byte-array-converter.ts';
import { type Compatibility, type Converter, type SchemaReader } from './converter.ts';
import { ConverterOptions } from './converter-options.ts';
import { JsonConverter } from './json-converter.ts';
import { jsonSchemaFormat } from './json-schema/json-schema-format.ts';
import { NumberConverter } from './number-converter.ts';
import { protobufFormat } from './protobuf/protobuf-format.ts';
import { RegistryClient } from './registry/registry-client.ts';
import { RegistryConverter, type RegistryFormat } from './registry/registry-converter.ts';
import { type RegistrySettings, registryClientOptions } from './registry/registry-options.ts';
import { SchemaStore, type SchemaStoreOptions } from './registry/schema-store.ts';
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
  /** Where schemas are, for converters that need it. */
  readonly registry?: RegistrySettings | undefined;
  /** How long a registry that does not answer is asked again, in milliseconds. */
  readonly retry?: Pick<SchemaStoreOptions<unknown>, 'giveUpMs' | 'maxDelayMs'>;
  /** Told when a schema registry does not answer. */
  readonly logger?: Logger;
}

type Create = (options: ConverterOptions, context: ConverterContext) => Converter;

const CONVERTERS: Readonly<Record<ConverterClass, Create>> = {
  [CONVERTER_CLASSES.json]: (options, { compatibility = 'exact' }) => new JsonConverter(options, compatibility),
  [CONVERTER_CLASSES.string]: (options) => new StringConverter(options),
  [CONVERTER_CLASSES.bytes]: () => new ByteArrayConverter(),
  [CONVERTER_CLASSES.short]: () => new NumberConverter('Short'),
  [CONVERTER_CLASSES.integer]: () => new NumberConverter('Integer'),
  [CONVERTER_CLASSES.long]: () => new NumberConverter('Long'),
  [CONVERTER_CLASSES.float]: () => new NumberConverter('Float'),
  [CONVERTER_CLASSES.double]: () => new NumberConverter('Double'),
  [CONVERTER_CLASSES.boolean]: () => new NumberConverter('Boolean'),
  [CONVERTER_CLASSES.avro]: registryConverter(avroFormat),
  [CONVERTER_CLASSES.protobuf]: registryConverter(protobufFormat),
  [CONVERTER_CLASSES['json-schema']]: registryConverter(jsonSchemaFormat),
};

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
  const known = converterClass(name);
  if (known === undefined) {
    throw new ConfigError([
      `\`${context.prefix.replace(/\.$/, '')}\` is \`${name}\`, which is not a converter that is known here; there are ${Object.keys(CONVERTERS).join(', ')}.`,
    ]);
  }
  return CONVERTERS[known](new ConverterOptions(entries, context.prefix), context);
}

function registryConverter(
  formatOf: (options: ConverterOptions, compatibility: Compatibility) => RegistryFormat,
): Create {
  return (options, { prefix, compatibility = 'exact', part = 'value', registry, retry, logger }) => {
    const format = formatOf(options, compatibility);
    if (!registry) {
      throw new ConfigError([
        `\`${prefix}schema.registry.url\` is missing: the schemas of ${format.type} come from there.`,
      ]);
    }
    const client = new RegistryClient(registryClientOptions(registry));
    const store = new SchemaStore<SchemaReader>({
      fetch: (key, signal) => client.schema(key, signal),
      compile: async (schema) => {
        if (schema.type !== format.type) throw new Error(`The schema is of type ${schema.type}, not ${format.type}`);
        return format.compile(schema);
      },
      logger,
      ...retry,
    });
    return new RegistryConverter({
      format,
      store,
      header: SCHEMA_ID_HEADERS[part],
      check: () => client.check(),
      onClose: () => client.close(),
    });
  };
}
