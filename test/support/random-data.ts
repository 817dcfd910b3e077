import fc from 'fast-check';

/** The types of some columns, by their names. */
export type Fields = Readonly<Record<string, string | undefined>>;

/** Records of one schema, and the columns of the table that they go into. */
export interface RandomTopic {
  readonly schema: string;
  readonly columns: Fields;
  readonly records: readonly (Buffer | null)[];
}

/** Texts as their bytes: plain, of other scripts, what looks like a value of another type, and what is no text. */
export const texts = fc.oneof(
  fc.string().map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
  fc
    .constantFrom('', '2024-05-01', '1.50', '"\\\u0000\u007f', '{"a":1.0}', '2024-05-01T10:00:00Z')
    .map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
);
/** Floats and doubles. */
export const floats = fc.float().map((value) => Buffer.from(Float32Array.of(value).buffer));
export const doubles = fc.double().map((value) => Buffer.from(Float64Array.of(value).buffer));

/** So many bytes of any kind. */
export function bytesOf(length: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes));
}

/** Types of columns; undefined for a field without one. */
const COLUMNS = [
  undefined,
  'int(11)',
  'bigint(20)',
  'double',
  'varchar(9)',
  'boolean',
  'date',
  'datetime',
  'decimal(9,1)',
  'json',
  'varbinary',
  'array<int(11)>',
  'map<varchar(9),int(11)>',
];

/** Columns of any types. */
export function columnsNamed(names: readonly string[]): fc.Arbitrary<Fields> {
  return fc
    .tuple(...names.map(() => fc.constantFrom(...COLUMNS)))
    .map((types) => Object.fromEntries(types.map((type, index) => [names[index] ?? '', type])));
}

/** Data as they were, cut short, longer, or with another byte in them. */
export function hurt(bytes: Buffer): fc.Arbitrary<Buffer> {
  const change = fc.tuple(fc.nat(Math.max(0, bytes.length - 1)), fc.nat(255));
  return fc.oneof(
    { arbitrary: fc.constant(bytes), weight: 5 },
    { arbitrary: fc.nat(bytes.length).map((length) => bytes.subarray(0, length)), weight: 1 },
    { arbitrary: fc.constant(Buffer.concat([bytes, Buffer.from([0])])), weight: 1 },
    {
      arbitrary: change.map(([at, byte]) => {
        const other = Buffer.from(bytes);
        if (at < other.length) other[at] = byte;
        return other;
      }),
      weight: 2,
    },
  );
}
