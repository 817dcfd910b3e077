const KAFKA = 'org.apache.kafka.connect';

/** The converters' short names. */
export const CONVERTER_NAMES = [
  'json',
  'json-with-schemas',
  'string',
  'bytes',
  'short',
  'integer',
  'long',
  'float',
  'double',
  'boolean',
  'avro',
  'protobuf',
  'json-schema',
] as const;

export type ConverterName = (typeof CONVERTER_NAMES)[number];

/** The converters by their short names, each with the class of Kafka Connect's that does the same. */
export const CONVERTER_CLASSES = {
  json: `${KAFKA}.json.JsonConverter`,
  'json-with-schemas': `${KAFKA}.json.JsonConverter`,
  string: `${KAFKA}.storage.StringConverter`,
  bytes: `${KAFKA}.converters.ByteArrayConverter`,
  short: `${KAFKA}.converters.ShortConverter`,
  integer: `${KAFKA}.converters.IntegerConverter`,
  long: `${KAFKA}.converters.LongConverter`,
  float: `${KAFKA}.converters.FloatConverter`,
  double: `${KAFKA}.converters.DoubleConverter`,
  boolean: `${KAFKA}.converters.BooleanConverter`,
  avro: 'io.confluent.connect.avro.AvroConverter',
  protobuf: 'io.confluent.connect.protobuf.ProtobufConverter',
  'json-schema': 'io.confluent.connect.json.JsonSchemaConverter',
} as const satisfies Record<ConverterName, string>;

export type ConverterClass = (typeof CONVERTER_CLASSES)[ConverterName];

/**
 * The full class name of a converter that is given by it, by its simple name (`JsonConverter`) or by that without its ending
 * (`Json`), as Kafka Connect takes them.
 */
export function converterClass(name: string): ConverterClass | undefined {
  return Object.values(CONVERTER_CLASSES).find((full) => {
    const simple = full.slice(full.lastIndexOf('.') + 1);
    return name === full || name === simple || `${name}Converter` === simple;
  });
}
