import { type Compatibility } from '../converter.ts';

/** Settings of Confluent's ProtobufConverter, by the name that they have there. */
export interface ProtobufConnectOptions {
  readonly compatibility: Compatibility;
  /** `enhanced.protobuf.schema.support`: names with their package. */
  readonly enhanced: boolean;
  /** `int.for.enums` */
  readonly intForEnums: boolean;
  /** `optional.for.nullables`: only what is declared optional is. */
  readonly optionalForNullables: boolean;
  /** `generate.index.for.unions` */
  readonly indexForUnions: boolean;
  /** `flatten.unions` */
  readonly flattenUnions: boolean;
  /** `wrapper.for.raw.primitives`: wrappers stand for what is in them. */
  readonly unwrap: boolean;
}
