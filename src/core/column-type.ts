/** A column of a StarRocks table, and what it can hold. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Whether it is NOT NULL. Missing where that is not known, and in a STRUCT. */
  readonly required?: boolean;
}

export type ColumnType =
  | { readonly kind: 'boolean' | 'float' | 'double' | 'date' | 'datetime' | 'json' | 'varbinary' }
  | { readonly kind: 'integer'; readonly bits: number }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  /** CHAR, VARCHAR and STRING; the length counts bytes. */
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'array'; readonly element: ColumnType }
  | { readonly kind: 'map'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] }
  /** One that we know nothing of, such as BITMAP. */
  | { readonly kind: 'other' };

const OTHER: ColumnType = { kind: 'other' };
const INTEGER_BITS: Readonly<Record<string, number>> = {
  tinyint: 8,
  smallint: 16,
  int: 32,
  integer: 32,
  bigint: 64,
  largeint: 128,
};

/** Reads a type as StarRocks spells it in `information_schema.columns`: `decimal(10, 2)`, `array<map<varchar(10),int(11)>>`. */
export function parseColumnType(text: string): ColumnType {
  const tokens = text.match(/`[^`]*`|[^\s<>(),:`]+|[<>(),:]/g) ?? [];
  const reader = new TypeReader(tokens);
  try {
    const type = reader.type();
    return reader.atEnd ? type : OTHER;
  } catch (error) {
    if (error instanceof UnknownTypeError) return OTHER;
    throw error;
  }
}

/** A spelling that is not known: then the column is not looked at. */
class UnknownTypeError extends Error {}

class TypeReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  type(): ColumnType {
    const name = this.#take().toLowerCase();
    switch (name) {
      case 'array': {
        const [element = OTHER] = this.#types();
        return { kind: 'array', element };
      }
      case 'map': {
        const [key = OTHER, value = OTHER] = this.#types();
        return { kind: 'map', key, value };
      }
      case 'struct':
        return { kind: 'struct', fields: this.#fields() };
      default:
        return scalarType(name, this.#numbers());
    }
  }

  #types(): ColumnType[] {
    this.#expect('<');
    const types = [this.type()];
    while (this.#accept(',')) types.push(this.type());
    this.#expect('>');
    return types;
  }

  #fields(): Column[] {
    this.#expect('<');
    const fields: Column[] = [];
    do {
      const name = this.#take().replace(/^`(.*)`$/, '$1');
      this.#accept(':');
      fields.push({ name, type: this.type() });
    } while (this.#accept(','));
    this.#expect('>');
    return fields;
  }

  #numbers(): number[] {
    if (!this.#accept('(')) return [];
    const numbers = [Number(this.#take())];
    while (this.#accept(',')) numbers.push(Number(this.#take()));
    this.#expect(')');
    return numbers;
  }

  #accept(token: string): boolean {
    if (this.#tokens[this.#next] !== token) return false;
    this.#next++;
    return true;
  }

  #expect(token: string): void {
    if (!this.#accept(token)) throw new UnknownTypeError();
  }

  #take(): string {
    const token = this.#tokens[this.#next++];
    if (token === undefined) throw new UnknownTypeError();
    return token;
  }
}

function scalarType(name: string, [first = Number.NaN, second = 0]: readonly number[]): ColumnType {
  // MySQL's spelling of a truth value; TINYINT itself is tinyint(4).
  if (name === 'tinyint' && first === 1) return { kind: 'boolean' };
  const bits = INTEGER_BITS[name];
  if (bits !== undefined) return { kind: 'integer', bits };
  switch (name) {
    case 'boolean':
    case 'float':
    case 'double':
    case 'date':
    case 'datetime':
    case 'json':
    case 'varbinary':
      return { kind: name };
    case 'binary':
      return { kind: 'varbinary' };
    case 'char':
    case 'varchar':
    case 'string':
      return { kind: 'text', length: Number.isNaN(first) ? Number.POSITIVE_INFINITY : first };
    default:
      return /^decimal(v2|32|64|128)?$/.test(name) && !Number.isNaN(first)
        ? { kind: 'decimal', precision: first, scale: second }
        : OTHER;
  }
}

/** A type as a person writes it in CREATE TABLE. */
export function columnTypeText(type: ColumnType): string {
  switch (type.kind) {
    case 'integer':
      return { 8: 'TINYINT', 16: 'SMALLINT', 32: 'INT', 64: 'BIGINT', 128: 'LARGEINT' }[type.bits] ?? 'INT';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'text':
      return Number.isFinite(type.length) ? `VARCHAR(${type.length})` : 'STRING';
    default:
      return type.kind.toUpperCase();
  }
}
