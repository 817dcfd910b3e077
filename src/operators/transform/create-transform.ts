import { ConfigError } from '../../core/errors.ts';
import { likelyMeant, nearest } from '../../core/nearest.ts';
import { createCast } from './cast.ts';
import { createByLogicalTableRouter } from './debezium/by-logical-table-router.ts';
import { createExtractNewRecordState } from './debezium/extract-new-record-state.ts';
import { createDropHeaders } from './drop-headers.ts';
import { createExtractField } from './extract-field.ts';
import { createFilter } from './filter.ts';
import { createFlatten } from './flatten.ts';
import { createHeaderFrom } from './header-from.ts';
import { createHoistField } from './hoist-field.ts';
import { createInsertField } from './insert-field.ts';
import { createInsertHeader } from './insert-header.ts';
import { createMaskField } from './mask-field.ts';
import {
  type CreatePredicate,
  createHasHeaderKey,
  createRecordIsTombstone,
  createTopicNameMatches,
  type Predicate,
} from './predicates.ts';
import { createRegexRouter } from './regex-router.ts';
import { createReplaceField } from './replace-field.ts';
import { createSetSchemaMetadata } from './set-schema-metadata.ts';
import { createAddOpField } from './starrocks/add-op-field.ts';
import { createTimeMillisToString } from './starrocks/time-millis-to-string.ts';
import { createTimestampConverter } from './timestamp-converter.ts';
import { createTimestampRouter } from './timestamp-router.ts';
import { type CreateTransform, KEY, type Transform, type TransformContext, VALUE } from './transform.ts';
import { TransformOptions } from './transform-options.ts';
import { createValueToKey } from './value-to-key.ts';

const APACHE = 'org.apache.kafka.connect.transforms.';

export const EXTRACT_NEW_RECORD_STATE = 'io.debezium.transforms.ExtractNewRecordState';
export const BY_LOGICAL_TABLE_ROUTER = 'io.debezium.transforms.ByLogicalTableRouter';
export const ADD_OP_FIELD = 'com.starrocks.connector.kafka.transforms.AddOpFieldForDebeziumRecord';

/** Those of which Kafka has a class for keys (`$Key`) and one for values (`$Value`). */
const SIDED: Readonly<Record<string, CreateTransform>> = {
  [`${APACHE}Cast`]: createCast,
  [`${APACHE}ExtractField`]: createExtractField,
  [`${APACHE}Flatten`]: createFlatten,
  [`${APACHE}HeaderFrom`]: createHeaderFrom,
  [`${APACHE}HoistField`]: createHoistField,
  [`${APACHE}InsertField`]: createInsertField,
  [`${APACHE}MaskField`]: createMaskField,
  [`${APACHE}ReplaceField`]: createReplaceField,
  [`${APACHE}SetSchemaMetadata`]: createSetSchemaMetadata,
  [`${APACHE}TimestampConverter`]: createTimestampConverter,
};

const UNSIDED: Readonly<Record<string, CreateTransform>> = {
  [`${APACHE}DropHeaders`]: createDropHeaders,
  [`${APACHE}Filter`]: createFilter,
  [`${APACHE}InsertHeader`]: createInsertHeader,
  [`${APACHE}RegexRouter`]: createRegexRouter,
  [`${APACHE}TimestampRouter`]: createTimestampRouter,
  [`${APACHE}ValueToKey`]: createValueToKey,
  [EXTRACT_NEW_RECORD_STATE]: createExtractNewRecordState,
  [BY_LOGICAL_TABLE_ROUTER]: createByLogicalTableRouter,
  [ADD_OP_FIELD]: createAddOpField,
  'com.starrocks.connector.kafka.transforms.TimeMillisToStringTransform': createTimeMillisToString,
};

const PREDICATES: Readonly<Record<string, CreatePredicate>> = {
  [`${APACHE}predicates.HasHeaderKey`]: createHasHeaderKey,
  [`${APACHE}predicates.RecordIsTombstone`]: createRecordIsTombstone,
  [`${APACHE}predicates.TopicNameMatches`]: createTopicNameMatches,
};

/** The full class names of all transforms, as Kafka Connect writes them. */
export const TRANSFORM_CLASSES: readonly string[] = [
  ...Object.keys(SIDED).flatMap((name) => [`${name}$Key`, `${name}$Value`]),
  ...Object.keys(UNSIDED),
];

/** The full class names of all predicates. */
export const PREDICATE_CLASSES: readonly string[] = Object.keys(PREDICATES);

/** A transform or predicate, and what the user should hear of its options. */
export interface Created<T> {
  /** The full name of the class. */
  readonly className: string;
  readonly made: T;
  readonly warnings: readonly string[];
}

/** Names of classes that Kafka Connect takes: the full one, and the simple one of a class that is not within another. */
function resolve(name: string, classes: readonly string[]): string | undefined {
  return classes.find((full) => name === full || (!full.includes('$') && full.endsWith(`.${name}`)));
}

/**
 * Makes a transform as Kafka Connect configures it.
 *
 * @param alias - what the user calls it in `transforms=`; its keys begin with `transforms.<alias>.`.
 * @param className - the full name of its class, or the simple one where there are no `$Key` and `$Value`.
 * @param entries - its options, without the prefix. One that is likely a misspelling is refused.
 * @throws ConfigError for an unknown class, or for options that are missing or cannot be used.
 */
export function createTransform(
  alias: string,
  className: string,
  entries: Readonly<Record<string, string>>,
  context: TransformContext = {},
): Created<Transform> {
  const full = resolve(className, TRANSFORM_CLASSES);
  if (full === undefined) throw unknownClass(`transforms.${alias}.type`, className, TRANSFORM_CLASSES);
  const [name = full, side] = full.split('$');
  const create = SIDED[name] ?? UNSIDED[name];
  if (create === undefined) throw unknownClass(`transforms.${alias}.type`, className, TRANSFORM_CLASSES);
  const options = new TransformOptions(entries, `transforms.${alias}.`);
  const made = create(options, side === 'Key' ? KEY : VALUE, context);
  return { className: full, made, warnings: warningsOf(options, full) };
}

/**
 * Makes a predicate as Kafka Connect configures it.
 *
 * @throws ConfigError as `createTransform`.
 */
export function createPredicate(
  alias: string,
  className: string,
  entries: Readonly<Record<string, string>>,
): Created<Predicate> {
  const full = resolve(className, PREDICATE_CLASSES);
  const create = PREDICATES[full ?? ''];
  if (full === undefined || create === undefined) {
    throw unknownClass(`predicates.${alias}.type`, className, PREDICATE_CLASSES);
  }
  const options = new TransformOptions(entries, `predicates.${alias}.`);
  return { className: full, made: create(options), warnings: warningsOf(options, full) };
}

/** Kafka Connect lets any option pass; here one that is very likely a known one mistyped is refused. */
function warningsOf(options: TransformOptions, className: string): readonly string[] {
  const { known, given } = options;
  const unknown = given.filter((key) => !known.has(key));
  const mistyped = unknown.flatMap((key) => {
    const meant = likelyMeant(key, known);
    return meant === undefined
      ? []
      : [`\`${options.fullKey(key)}\` is not an option of ${className}; did you mean \`${options.fullKey(meant)}\`?`];
  });
  if (mistyped.length > 0) throw new ConfigError(mistyped);
  const ignored = unknown.map(
    (key) => `\`${options.fullKey(key)}\` is not an option of ${className} and has no effect${list(known)}.`,
  );
  return [...options.warnings, ...ignored];
}

function list(known: ReadonlySet<string>): string {
  return known.size === 0 ? ', which has none' : `; it has ${[...known].sort().join(', ')}`;
}

function unknownClass(key: string, className: string, classes: readonly string[]): ConfigError {
  const sides = classes.filter((full) => full.startsWith(`${className}$`));
  if (sides.length > 0) {
    return new ConfigError([
      `Invalid value ${className} for configuration ${key}: This class is abstract and cannot be created. Did you mean ${sides.join(', ')}?`,
    ]);
  }
  const simple = (full: string): string => full.slice(full.lastIndexOf('.') + 1);
  const meant =
    classes.find((full) => simple(full) === className) ??
    classes.find((full) => simple(full) === nearest(simple(className), classes.map(simple), MOST_EDITS));
  const cure = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new ConfigError([
    `Invalid value ${className} for configuration ${key}: Class ${className} could not be found.${cure} There are ${classes.join(', ')}.`,
  ]);
}

const MOST_EDITS = 3;
