import { type INamespace } from 'protobufjs';

const NO_ENUM = { syntax: 'proto3' } as const;

/** Files that Confluent's serializers take for given, besides those that protobufjs brings. */
export const KNOWN_FILES: Readonly<Record<string, INamespace>> = {
  'confluent/type/decimal.proto': file(['confluent', 'type'], {
    Decimal: {
      fields: {
        value: { type: 'bytes', id: 1 },
        precision: { type: 'uint32', id: 2 },
        scale: { type: 'int32', id: 3 },
      },
    },
  }),
  'google/type/date.proto': file(['google', 'type'], {
    Date: {
      fields: { year: { type: 'int32', id: 1 }, month: { type: 'int32', id: 2 }, day: { type: 'int32', id: 3 } },
    },
  }),
  'google/type/timeofday.proto': file(['google', 'type'], {
    TimeOfDay: {
      fields: {
        hours: { type: 'int32', id: 1 },
        minutes: { type: 'int32', id: 2 },
        seconds: { type: 'int32', id: 3 },
        nanos: { type: 'int32', id: 4 },
      },
    },
  }),
  'google/type/money.proto': file(['google', 'type'], {
    Money: {
      fields: {
        currency_code: { type: 'string', id: 1 },
        units: { type: 'int64', id: 2 },
        nanos: { type: 'int32', id: 3 },
      },
    },
  }),
  'google/type/latlng.proto': file(['google', 'type'], {
    LatLng: { fields: { latitude: { type: 'double', id: 1 }, longitude: { type: 'double', id: 2 } } },
  }),
};

/** In proto3, so that their fields have no presence. */
function file(
  space: readonly string[],
  types: Record<string, { fields: Record<string, { type: string; id: number }> }>,
): INamespace {
  const edition = Object.fromEntries(
    Object.entries(types).map(([name, type]) => [name, { edition: NO_ENUM.syntax, ...type }]),
  );
  return space.reduceRight<INamespace>((nested, name) => ({ nested: { [name]: nested } }), { nested: edition });
}
