import { type Token } from './lexer.ts';
import { type ResultColumn } from './result.ts';
import { isText } from './token-reader.ts';

/** Names expressions as MySQL does, by their text: DuckDB would call `count(*)` `count_star()`. */
export function nameColumns(columns: readonly ResultColumn[], sql: string, tokens: readonly Token[]): ResultColumn[] {
  const items = selectItems(tokens);
  if (items.length !== columns.length) return [...columns];
  return columns.map((column, index) => ({ ...column, name: expressionText(items[index] ?? [], sql) ?? column.name }));
}

/** The items between SELECT and FROM; none when the list is not plain to see. */
function selectItems(tokens: readonly Token[]): Token[][] {
  if (!isText(tokens[0], 'SELECT') || isText(tokens[1], 'DISTINCT')) return [];
  const items: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens.slice(1)) {
    if (isText(token, '(')) depth++;
    else if (isText(token, ')')) depth--;
    if (depth === 0 && END_OF_LIST.some((word) => isText(token, word))) break;
    if (depth === 0 && isText(token, ',')) items.push([]);
    else items.at(-1)?.push(token);
  }
  return items;
}

const END_OF_LIST = ['FROM', 'WHERE', 'LIMIT', 'ORDER', 'UNION', 'GROUP', 'HAVING'];

/** Undefined for columns and for what has an alias: DuckDB names those as MySQL does. */
function expressionText(item: readonly Token[], sql: string): string | undefined {
  const [first, last] = [item[0], item.at(-1)];
  if (first === undefined || last === undefined || item.some((token) => isText(token, 'AS') && token === item.at(-2)))
    return undefined;
  const call = isText(last, ')') && item.length > 1;
  const literal =
    item.length === 1 && (first.kind === 'string' || first.kind === 'number' || first.kind === 'variable');
  if (!call && !literal) return undefined;
  return sql.slice(first.start, last.end);
}
