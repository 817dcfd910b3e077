import { type ConverterName } from '../core/converter-classes.ts';
import { textDecoder } from '../core/text-decoder.ts';

/** Says what an option's text must be, or undefined when it is that. Completes "…, but". */
type Check = (text: string) => string | undefined;

const trueOrFalse: Check = (text) => (/^(?:true|false)$/i.test(text) ? undefined : 'it must be true or false');
const count: Check = (text) => (/^\d{1,15}$/.test(text) ? undefined : 'it must be a whole number of 0 or more');
const decimalFormat: Check = (text) =>
  /^(?:base64|numeric)$/i.test(text) ? undefined : 'it must be `BASE64` or `NUMERIC`';
const encoding: Check = (text) =>
  textDecoder(text) === undefined
    ? 'it must be an encoding that is known here, such as UTF-8 or ISO-8859-1'
    : undefined;

const json = {
  'replace.null.with.default': trueOrFalse,
  'decimal.format': decimalFormat,
  'schemas.cache.size': count,
};

/** The options of each converter, by Kafka Connect's names, with what their values must be. */
const OPTIONS: Readonly<Record<ConverterName, Readonly<Record<string, Check>>>> = {
  json,
  'json-with-schemas': json,
  string: { 'converter.encoding': encoding },
  bytes: {},
  short: {},
  integer: {},
  long: {},
  float: {},
  double: {},
  boolean: {},
  avro: { 'enhanced.avro.schema.support': trueOrFalse },
  protobuf: {
    'enhanced.protobuf.schema.support': trueOrFalse,
    'int.for.enums': trueOrFalse,
    'optional.for.nullables': trueOrFalse,
    'generate.index.for.unions': trueOrFalse,
    'flatten.unions': trueOrFalse,
    'wrapper.for.raw.primitives': trueOrFalse,
  },
  'json-schema': { 'use.optional.for.nonrequired': trueOrFalse },
};

/** The names of a converter's options. */
export function optionNames(converter: ConverterName): readonly string[] {
  return Object.keys(OPTIONS[converter]);
}

/** Why an option cannot have a value; undefined when it can. */
export function optionFault(converter: ConverterName, name: string, value: string): string | undefined {
  const check = OPTIONS[converter][name];
  if (check !== undefined) return check(value);
  const names = optionNames(converter);
  return names.length === 0
    ? `the converter \`${converter}\` has no options`
    : `the converter \`${converter}\` has no such option; it has ${names.map((each) => `\`${each}\``).join(', ')}`;
}

/** Whether a converter's records name schemas of a registry. */
export function needsRegistry(converter: ConverterName): boolean {
  return converter === 'avro' || converter === 'protobuf' || converter === 'json-schema';
}

/** Whether a converter's records have schemas with the types of their fields. */
export function bringsSchemas(converter: ConverterName): boolean {
  return needsRegistry(converter) || converter === 'json-with-schemas';
}
