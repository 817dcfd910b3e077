import {
  type ConnectSchema,
  type ConnectValue,
  INSTANT,
  LOGICAL,
  type Struct,
  type StructSchema,
  setField,
} from '../../core/connect-data.ts';
import { shortestFloat } from '../../core/java-number.ts';
import { type TimeZone, UTC } from '../../core/time-zone.ts';
import { debeziumRow } from './debezium-row.ts';
import { dateText, dateTimeText, timeText } from './temporal-text.ts';
import { type ToRow } from './to-row.ts';

/** How Connect data becomes a row of StarRocks. */
export interface RowOptions {
  /**
   * `exact` writes what the columns of StarRocks hold: dates and times as text, Debezium's types as what they stand for.
   * `java` writes what the Java connector sends, which are days and milliseconds, and a struct's defaults for its nulls.
   *
   * @default 'exact'
   */
  readonly compatibility?: 'exact' | 'java';
  /**
   * Where the clocks of DATETIME columns stand; only moments (Connect's Timestamp, Debezium's ZonedTimestamp) are converted.
   *
   * @default UTC
   */
  readonly zone?: TimeZone;
}

/**
 * Compiles a schema into the step from its values to rows: plain objects, arrays, text and numbers, as an operator in
 * TypeScript wants to see them and as `writeJson` writes them. Where nothing has to be changed the value itself is the row.
 */
export function toRow(schema: ConnectSchema | null, options: RowOptions = {}): ToRow {
  return new RowCompiler(options).compile(schema) ?? same;
}

/**
 * The same for each field of a struct, in the schema's order: undefined for fields whose values stay what they are.
 *
 * @returns undefined for a struct whose row is not made field by field.
 */
export function fieldSteps(schema: StructSchema, options: RowOptions = {}): readonly (ToRow | undefined)[] | undefined {
  return new RowCompiler(options).fieldSteps(schema);
}

/** Undefined stands for a value that is its own row, so that structs and arrays of such values needn't be copied. */
type Step = ToRow | undefined;

class RowCompiler {
  readonly #java: boolean;
  readonly #zone: TimeZone;
  /** Recursive schemas refer to themselves while they are being compiled. */
  readonly #open = new Map<ConnectSchema, { readonly step: ToRow }>();

  constructor({ compatibility = 'exact', zone = UTC }: RowOptions) {
    this.#java = compatibility === 'java';
    this.#zone = zone;
  }

  compile(schema: ConnectSchema | null): Step {
    if (schema === null) return undefined;
    const open = this.#open.get(schema);
    if (open) return (value) => open.step(value);
    const entry: { step: ToRow } = { step: same };
    this.#open.set(schema, entry);
    const step = orNull(this.#stepOf(schema));
    this.#open.delete(schema);
    if (step) entry.step = step;
    return step;
  }

  fieldSteps(schema: StructSchema): readonly Step[] | undefined {
    return this.#logical(schema) ? undefined : this.#fieldSteps(schema);
  }

  #stepOf(schema: ConnectSchema): Step {
    const logical = this.#logical(schema);
    if (logical) return logical;
    switch (schema.type) {
      case 'float32':
        return (value) => shortestFloat(value as number);
      case 'array':
        return arrayStep(this.compile(schema.items));
      case 'map':
        return this.#mapStep(schema);
      case 'struct':
        return this.#structStep(schema);
      default:
        return undefined;
    }
  }

  #logical({ name }: ConnectSchema): Step {
    if (name === undefined || this.#java) return undefined;
    switch (name) {
      case LOGICAL.date:
        return (value) => dateText(value as number);
      case LOGICAL.time:
        return (value) => timeText(value as number, 3);
      case LOGICAL.timestamp:
        return (value) => dateTimeText(value as number | bigint, 3, this.#zone);
      case INSTANT.micros:
        return (value) => dateTimeText(value as number | bigint, 6, this.#zone);
      case INSTANT.nanos:
        return (value) => dateTimeText(value as number | bigint, 9, this.#zone);
      default:
        return debeziumRow(name, this.#zone);
    }
  }

  /** StarRocks' MAP takes its keys from an object's; the Java connector sends pairs when the keys aren't text. */
  #mapStep(schema: ConnectSchema & { type: 'map' }): Step {
    const key = this.compile(schema.keys) ?? same;
    const member = this.compile(schema.values) ?? same;
    if (this.#java && schema.keys?.type !== 'string') {
      return (value) => [...(value as ReadonlyMap<ConnectValue, ConnectValue>)].map(([k, v]) => [key(k), member(v)]);
    }
    return (value) => {
      const object: Record<string, ConnectValue> = {};
      for (const [k, v] of value as ReadonlyMap<ConnectValue, ConnectValue>) {
        setField(object, String(key(k)), member(v) as ConnectValue);
      }
      return object;
    };
  }

  #structStep(schema: StructSchema): Step {
    const steps = this.#fieldSteps(schema);
    if (steps.every((step) => step === undefined)) return undefined;
    const fields = schema.fields.map(({ name }, index) => ({ name, step: steps[index] }));
    return (value) => {
      const row: Record<string, ConnectValue> = {};
      for (const { name, step } of fields) {
        const field = (value as Struct)[name] ?? null;
        setField(row, name, step ? (step(field) as ConnectValue) : field);
      }
      return row;
    };
  }

  #fieldSteps({ fields }: StructSchema): readonly Step[] {
    return fields.map(({ schema }) => this.#withDefault(schema, this.compile(schema)));
  }

  /** The Java connector reads a struct's null as the field's default. */
  #withDefault({ default: fallback }: ConnectSchema, step: Step): Step {
    if (!this.#java || fallback === undefined || fallback === null) return step;
    return (value) => (step ?? same)(value ?? fallback);
  }
}

function arrayStep(step: Step): Step {
  return step && ((value) => (value as readonly ConnectValue[]).map(step));
}

function orNull(step: Step): Step {
  return step && ((value) => (value === null ? null : step(value)));
}

function same(value: ConnectValue): unknown {
  return value;
}
