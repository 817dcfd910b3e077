import fc from 'fast-check';
import { unsignedVarint as varint } from './kafka-batches.ts';
import { bytesOf, columnsNamed, doubles, floats, hurt, type RandomTopic, texts } from './random-data.ts';

/** A field of a Protobuf message as it is declared, and values of it behind their tags. */
interface ProtobufData {
  readonly declared: (number: number) => string;
  readonly values: (number: number) => fc.Arbitrary<Buffer>;
}

const varints = fc.oneof(
  fc.nat(300).map(BigInt),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.integer().map((value) => BigInt.asUintN(64, BigInt(value))),
  fc.constantFrom(0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n),
);

const counted = (bytes: Uint8Array): Buffer => Buffer.concat([varint(BigInt(bytes.length)), bytes]);
const wire = {
  varint: { type: 0, data: varints.map(varint) },
  eight: { type: 1, data: fc.oneof(doubles, bytesOf(8)) },
  sized: { type: 2, data: texts.map(counted) },
  four: { type: 5, data: fc.oneof(floats, bytesOf(4)) },
} as const;
const SCALARS: readonly (readonly [string, keyof typeof wire])[] = [
  ...['int32', 'uint32', 'sint32', 'int64', 'uint64', 'sint64', 'bool', 'E'].map((type) => [type, 'varint'] as const),
  ...['fixed32', 'sfixed32', 'float'].map((type) => [type, 'four'] as const),
  ...['fixed64', 'sfixed64', 'double'].map((type) => [type, 'eight'] as const),
  ...['string', 'bytes', 'Inner', 'google.protobuf.Timestamp', 'google.protobuf.Int32Value'].map(
    (type) => [type, 'sized'] as const,
  ),
];

/** Anything may stand behind the tag of a message; what is none is as bad one way as the other. */
function tagged(number: number, kind: keyof typeof wire): fc.Arbitrary<Buffer> {
  const { type, data: values } = wire[kind];
  return values.map((value) => Buffer.concat([tag(number, type), value]));
}

function tag(number: number, type: number): Buffer {
  return varint((BigInt(number) << 3n) | BigInt(type));
}

const protobufFields: fc.Arbitrary<ProtobufData> = fc
  .tuple(fc.constantFrom(...SCALARS), fc.constantFrom('', 'optional ', 'repeated ', 'map', 'oneof'))
  .map(([[type, kind], label]) => {
    const name = (number: number): string => `f${number}`;
    const declared = (number: number): string => {
      if (label === 'map') return `map<string, ${type}> ${name(number)} = ${number};`;
      if (label === 'oneof')
        return `oneof u${number} { ${type} ${name(number)} = ${number}; string o${number} = ${number + 100}; }`;
      return `${label}${type} ${name(number)} = ${number};`;
    };
    const values = (number: number): fc.Arbitrary<Buffer> => {
      const own = tagged(number, kind);
      if (label === 'map')
        return fc
          .tuple(tagged(1, 'sized'), tagged(2, kind))
          .map((entry) => Buffer.concat([tag(number, wire.sized.type), counted(Buffer.concat(entry))]));
      if (label === 'oneof') return fc.oneof(own, tagged(number + 100, 'sized'));
      return fc.oneof({ arbitrary: own, weight: 9 }, { arbitrary: tagged(number, 'varint'), weight: 1 });
    };
    return { declared, values };
  });

/** Messages of any type, some of them damaged, behind their paths in the file. */
export const protobufTopics: fc.Arbitrary<RandomTopic> = fc.array(protobufFields, { maxLength: 6 }).chain((fields) => {
  const entries = fields.map(({ values }, index) => values(index + 1));
  const unknown = fc.oneof(tagged(77, 'varint'), tagged(78, 'sized'));
  const message = fc
    .array(fc.oneof(...entries, ...entries, ...entries, unknown), { maxLength: 8 })
    .map((parts) => Buffer.concat(parts));
  const body = fields.map(({ declared }, index) => declared(index + 1)).join(' ');
  const imports = ['timestamp', 'wrappers'].map((file) => `import "google/protobuf/${file}.proto";`).join(' ');
  return fc.record({
    schema: fc.constant(
      `syntax = "proto3"; ${imports} message M { ${body} message In { ${body} } enum E { A = 0; B = 3; } message Inner { int32 a = 1; string b = 2; } }`,
    ),
    columns: columnsNamed(fields.map((_, index) => `f${index + 1}`)),
    records: fc.array(
      fc.option(
        fc
          .tuple(
            fc.constantFrom(Buffer.from([0]), Buffer.from([0]), Buffer.from([4, 0, 0]), Buffer.from([2, 6])),
            message.chain(hurt),
          )
          .map((parts) => Buffer.concat(parts)),
        { freq: 9 },
      ),
      { maxLength: 4 },
    ),
  });
});
