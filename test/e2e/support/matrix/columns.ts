/** Every type that a column of the emulated StarRocks can have, by the name of the column that has it. */
export const COLUMNS = {
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  int: 'INT',
  bigint: 'BIGINT',
  largeint: 'LARGEINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  decimal: 'DECIMAL(38,4)',
  date: 'DATE',
  datetime: 'DATETIME',
  char: 'CHAR(12)',
  varchar: 'VARCHAR(30)',
  string: 'STRING',
  json: 'JSON',
  array: 'ARRAY<INT>',
  map: 'MAP<VARCHAR(5),INT>',
  struct: 'STRUCT<a INT, b VARCHAR(5)>',
  varbinary: 'VARBINARY',
} as const;

export type ColumnName = keyof typeof COLUMNS;

export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[];

/** The name of a column in its table and of its field in a record: no word of any language. */
export function fieldOf(column: ColumnName): string {
  return `c_${column}`;
}

/** What SQL finds in each column. A column that isn't there refuses the value. */
export type Outcome = Readonly<Partial<Record<ColumnName, Found>>>;

/** The value itself as StarRocks prints it, or what is not quite it. */
export type Found = string | NotQuite;

/** `nearest`: FLOAT and DOUBLE have no closer number. `starrocks`: nobody has parsed the value but StarRocks, which reads it so. */
export interface NotQuite {
  readonly kind: 'nearest' | 'starrocks';
  readonly text: string;
}

export const nearest = (text: string): NotQuite => ({ kind: 'nearest', text });
export const starrocks = (text: string): NotQuite => ({ kind: 'starrocks', text });

/** One value of one source type on its way into one column. */
export interface Cell {
  readonly source: string;
  readonly column: ColumnName;
  readonly expected: Found | undefined;
  /** The record's value; `id` is its column of that name. */
  readonly write: (id: number) => Buffer;
}
