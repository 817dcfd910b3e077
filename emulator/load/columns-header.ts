import { splitStatements } from '../sql/split-statements.ts';
import { TokenReader } from '../sql/token-reader.ts';
import { LoadError } from './load-error.ts';

export interface ColumnMapping {
  readonly column: string;
  readonly expression: string;
}

export interface ColumnsHeader {
  /** Source fields, in order. */
  readonly sources: readonly string[];
  readonly mappings: readonly ColumnMapping[];
}

/** Parses `columns: a, b, tmp, c = tmp + 1`. */
export function parseColumnsHeader(text: string): ColumnsHeader {
  const [statement] = splitStatements(text);
  if (statement === undefined) throw new LoadError('columns header is empty', 'ANALYSIS_ERROR');
  const reader = new TokenReader(statement);
  const sources: string[] = [];
  const mappings: ColumnMapping[] = [];
  do {
    const column = reader.name();
    if (reader.accept('=')) mappings.push({ column, expression: readExpression(reader) });
    else sources.push(column);
  } while (reader.accept(','));
  reader.expectEnd();
  rejectDuplicates(sources, 'Duplicate column: ');
  rejectDuplicates(
    mappings.map((mapping) => mapping.column),
    'Duplicate column mapping: ',
  );
  return { sources, mappings };
}

/** Up to the next comma outside of parentheses. */
function readExpression(reader: TokenReader): string {
  const start = reader.peek()?.start ?? 0;
  while (!reader.done && !reader.at(',')) {
    if (reader.at('(')) reader.parenthesized();
    else reader.next();
  }
  const expression = reader.sql.slice(start, reader.lastEnd).trim();
  if (expression === '') throw new LoadError('columns header has an empty expression', 'ANALYSIS_ERROR');
  return expression;
}

function rejectDuplicates(names: readonly string[], message: string): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw new LoadError(message + name, 'ANALYSIS_ERROR');
    seen.add(name.toLowerCase());
  }
}
