import { ConfigError } from '../../core/errors.ts';
import { ByteArrayConverter } from './byte-array-converter.ts';
import { type Compatibility, type Converter } from './converter.ts';
import { ConverterOptions } from './converter-options.ts';
import { JsonConverter } from './json-converter.ts';
import { NumberConverter, type NumberForm } from './number-converter.ts';
import { StringConverter } from './string-converter.ts';

/** What a converter needs besides its own settings. */
export interface ConverterContext {
  /** What the user writes before each of the settings, such as `value.converter.`; for messages. */
  readonly prefix: string;
  /** @default 'exact' */
  readonly compatibility?: Compatibility;
}

type Create = (options: ConverterOptions, context: ConverterContext) => Converter;

const CONVERTERS: Readonly<Record<string, Create>> = {
  'org.apache.kafka.connect.json.JsonConverter': (options, { compatibility = 'exact' }) =>
    new JsonConverter(options, compatibility),
  'org.apache.kafka.connect.storage.StringConverter': (options) => new StringConverter(options),
  'org.apache.kafka.connect.converters.ByteArrayConverter': () => new ByteArrayConverter(),
  ...numberConverters(),
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

function numberConverters(): Record<string, Create> {
  const forms: readonly NumberForm[] = ['Short', 'Integer', 'Long', 'Float', 'Double', 'Boolean'];
  return Object.fromEntries(
    forms.map((form): [string, Create] => [
      `org.apache.kafka.connect.converters.${form}Converter`,
      () => new NumberConverter(form),
    ]),
  );
}
