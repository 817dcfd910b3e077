import { type ColumnType } from './column-type.ts';

/** The keys type as `information_schema.tables_config.TABLE_MODEL` names it. */
export type TableModel = 'DUP_KEYS' | 'AGG_KEYS' | 'UNQ_KEYS' | 'PRI_KEYS';

export type AggregationType = 'SUM' | 'MIN' | 'MAX' | 'REPLACE' | 'REPLACE_IF_NOT_NULL';

export type ColumnDefault =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'null' }
  | { readonly kind: 'current_timestamp' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'uuid_numeric' };

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly key: boolean;
  readonly aggregation: AggregationType | undefined;
  readonly defaultValue: ColumnDefault | undefined;
  readonly autoIncrement: boolean;
  /** The expression of a generated column, as the user wrote it. */
  readonly generated: string | undefined;
  readonly comment: string;
}

export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly model: TableModel;
  readonly keys: readonly string[];
  readonly partitionBy: string | undefined;
  readonly distributedBy: string | undefined;
  readonly distributeKeys: readonly string[];
  readonly buckets: number | undefined;
  readonly orderBy: readonly string[];
  readonly properties: ReadonlyMap<string, string>;
  readonly comment: string;
}

export interface Table extends TableDefinition {
  readonly id: number;
  readonly database: string;
  readonly createdAt: number;
}

/** Column names are case-insensitive in SQL; JSON keys are not, and never come through here. */
export function findColumn(table: TableDefinition, name: string): Column | undefined {
  const wanted = name.toLowerCase();
  return table.columns.find((column) => column.name.toLowerCase() === wanted);
}

export function keyColumns(table: TableDefinition): readonly Column[] {
  return table.columns.filter((column) => column.key);
}

const KEYS_CLAUSE: Record<TableModel, string> = {
  DUP_KEYS: 'DUPLICATE KEY',
  AGG_KEYS: 'AGGREGATE KEY',
  UNQ_KEYS: 'UNIQUE KEY',
  PRI_KEYS: 'PRIMARY KEY',
};

export function keysClause(model: TableModel): string {
  return KEYS_CLAUSE[model];
}
