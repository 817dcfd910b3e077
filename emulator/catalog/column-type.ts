/** A StarRocks column type. `length` counts bytes, as StarRocks does. */
export type ColumnType =
  | { readonly kind: ScalarKind }
  | { readonly kind: 'CHAR' | 'VARCHAR' | 'VARBINARY'; readonly length: number }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'ARRAY'; readonly element: ColumnType }
  | { readonly kind: 'MAP'; readonly key: ColumnType; readonly value: ColumnType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly StructField[] };

export type IntegerKind = 'TINYINT' | 'SMALLINT' | 'INT' | 'BIGINT' | 'LARGEINT';
export type ScalarKind = IntegerKind | 'BOOLEAN' | 'FLOAT' | 'DOUBLE' | 'DATE' | 'DATETIME' | 'JSON';

export interface StructField {
  readonly name: string;
  readonly type: ColumnType;
}

export const STRING_LENGTH = 65533;

/** The type as `SHOW CREATE TABLE` and `information_schema.columns.COLUMN_TYPE` spell it. */
export function typeText(type: ColumnType): string {
  switch (type.kind) {
    case 'TINYINT':
      return 'tinyint(4)';
    case 'SMALLINT':
      return 'smallint(6)';
    case 'INT':
      return 'int(11)';
    case 'BIGINT':
      return 'bigint(20)';
    case 'LARGEINT':
      return 'largeint(40)';
    case 'CHAR':
    case 'VARCHAR':
      return `${type.kind.toLowerCase()}(${type.length})`;
    case 'VARBINARY':
      return 'varbinary';
    case 'DECIMAL':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `array<${typeText(type.element)}>`;
    case 'MAP':
      return `map<${typeText(type.key)},${typeText(type.value)}>`;
    case 'STRUCT':
      return `struct<${type.fields.map((field) => `${field.name} ${typeText(field.type)}`).join(', ')}>`;
    default:
      return type.kind.toLowerCase();
  }
}

/** The type of the DuckDB column that holds the values. */
export function duckDbType(type: ColumnType): string {
  switch (type.kind) {
    case 'INT':
      return 'INTEGER';
    case 'LARGEINT':
      return 'HUGEINT';
    case 'DATETIME':
      return 'TIMESTAMP';
    case 'CHAR':
    case 'VARCHAR':
      return 'VARCHAR';
    case 'VARBINARY':
      return 'BLOB';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `${duckDbType(type.element)}[]`;
    case 'MAP':
      return `MAP(${duckDbType(type.key)}, ${duckDbType(type.value)})`;
    case 'STRUCT':
      return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckDbType(field.type)}`).join(', ')})`;
    default:
      return type.kind;
  }
}

/** An SQL expression that turns text in the form our converters write into the column's DuckDB type. */
export function castFromText(expression: string, type: ColumnType): string {
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR':
      return expression;
    case 'VARBINARY':
      return `encode(${expression})`;
    case 'ARRAY':
    case 'MAP':
    case 'STRUCT':
      return `CAST(CAST(${expression} AS JSON) AS ${duckDbType(type)})`;
    default:
      return `CAST(${expression} AS ${duckDbType(type)})`;
  }
}

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
