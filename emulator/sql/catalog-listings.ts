import { type ColumnType, typeText } from '../catalog/column-type.ts';
import { type Column, type Table, type TableModel } from '../catalog/table.ts';
import { type SqlContext } from './context.ts';
import { type Listing } from './listing.ts';
import { type Cell } from './result.ts';
import { defaultText, tableProperties } from './show-create-table.ts';
import { timeText } from './time-text.ts';

function allTables({ cluster: { catalog } }: SqlContext): Table[] {
  return catalog.databaseNames().flatMap((database) => catalog.tables(database));
}

const COLUMN_KEYS: Record<TableModel, string> = { DUP_KEYS: 'DUP', AGG_KEYS: 'AGG', UNQ_KEYS: 'UNI', PRI_KEYS: 'PRI' };

export const COLUMNS: Listing = {
  names: [
    'TABLE_CATALOG',
    'TABLE_SCHEMA',
    'TABLE_NAME',
    'COLUMN_NAME',
    'ORDINAL_POSITION',
    'COLUMN_DEFAULT',
    'IS_NULLABLE',
    'DATA_TYPE',
    'CHARACTER_MAXIMUM_LENGTH',
    'NUMERIC_PRECISION',
    'NUMERIC_SCALE',
    'COLUMN_TYPE',
    'COLUMN_KEY',
    'EXTRA',
    'COLUMN_COMMENT',
    'COLUMN_SIZE',
    'DECIMAL_DIGITS',
    'GENERATION_EXPRESSION',
  ],
  rows: (context) =>
    allTables(context).flatMap((table) => table.columns.map((column, index) => columnRow(table, column, index + 1))),
};

function columnRow(table: Table, column: Column, position: number): Cell[] {
  const { type } = column;
  const length = 'length' in type ? String(type.length) : null;
  const [precision, scale] = type.kind === 'DECIMAL' ? [String(type.precision), String(type.scale)] : [null, null];
  return [
    'def',
    table.database,
    table.name,
    column.name,
    String(position),
    defaultText(column.defaultValue),
    column.nullable ? 'YES' : 'NO',
    dataType(type),
    length,
    precision,
    scale,
    type.kind === 'BOOLEAN' ? 'tinyint(1)' : typeText(type),
    column.key ? COLUMN_KEYS[table.model] : '',
    column.autoIncrement ? 'auto_increment' : '',
    column.comment,
    length ?? precision ?? columnSize(type),
    scale,
    column.generated ?? '',
  ];
}

/** MySQL's names; LARGEINT's differs by version [U]. */
function dataType(type: ColumnType): string {
  switch (type.kind) {
    case 'BOOLEAN':
      return 'tinyint';
    case 'LARGEINT':
      return 'bigint unsigned';
    default:
      return type.kind.toLowerCase();
  }
}

function columnSize(type: ColumnType): string | null {
  const sizes: Partial<Record<ColumnType['kind'], string>> = {
    TINYINT: '3',
    SMALLINT: '5',
    INT: '10',
    BIGINT: '19',
    LARGEINT: '40',
    FLOAT: '7',
    DOUBLE: '15',
  };
  return sizes[type.kind] ?? null;
}

export const TABLES_CONFIG: Listing = {
  names: [
    'TABLE_SCHEMA',
    'TABLE_NAME',
    'TABLE_ENGINE',
    'TABLE_MODEL',
    'PRIMARY_KEY',
    'PARTITION_KEY',
    'DISTRIBUTE_KEY',
    'DISTRIBUTE_TYPE',
    'DISTRIBUTE_BUCKET',
    'SORT_KEY',
    'PROPERTIES',
    'TABLE_ID',
  ],
  rows: (context) =>
    allTables(context).map((table) => [
      table.database,
      table.name,
      'OLAP',
      table.model,
      table.model === 'PRI_KEYS' || table.model === 'UNQ_KEYS' ? names(table.keys) : '',
      table.partitionBy ?? '',
      names(table.distributeKeys),
      table.distributedBy ?? 'RANDOM',
      String(table.buckets ?? 1),
      names(table.orderBy.length > 0 ? table.orderBy : table.keys),
      JSON.stringify(Object.fromEntries(tableProperties(table))),
      String(table.id),
    ]),
};

function names(list: readonly string[]): string {
  return list.map((name) => `\`${name}\``).join(', ');
}

export const TABLES: Listing = {
  names: [
    'TABLE_CATALOG',
    'TABLE_SCHEMA',
    'TABLE_NAME',
    'TABLE_TYPE',
    'ENGINE',
    'TABLE_ROWS',
    'CREATE_TIME',
    'TABLE_COMMENT',
  ],
  rows: (context) =>
    allTables(context).map((table) => [
      'def',
      table.database,
      table.name,
      'BASE TABLE',
      'StarRocks',
      null,
      timeText(table.createdAt),
      table.comment,
    ]),
};

export const SCHEMATA: Listing = {
  names: ['CATALOG_NAME', 'SCHEMA_NAME', 'DEFAULT_CHARACTER_SET_NAME', 'DEFAULT_COLLATION_NAME', 'SQL_PATH'],
  rows: ({ cluster: { catalog } }) =>
    ['information_schema', ...catalog.databaseNames()].map((name) => ['def', name, 'utf8', 'utf8_general_ci', null]),
};
