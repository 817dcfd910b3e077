import { quoteName, quoteText } from '../catalog/column-type.ts';
import { type Token } from './lexer.ts';
import { notEmulated } from './sql-error.ts';
import { isText } from './token-reader.ts';
import { functionCall, type Taken } from './translate-function.ts';

/** The emulator's own information_schema is a set of temporary tables, as DuckDB has one with other contents. */
export function informationSchemaTable(name: string): string {
  return quoteName(`__information_schema_${name.toLowerCase()}`);
}

export interface TranslateContext {
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  /** Values of `@@variables`, and of `@variables` that the session has set. */
  readonly variable: (name: string) => string | undefined;
  /** Names that stand for something else. */
  readonly rename?: (name: string) => string | undefined;
}

export const NO_SESSION: TranslateContext = { variable: () => undefined };

/** Rewrites StarRocks' (MySQL's) spelling into DuckDB's, token by token; white space stays as it was. */
export function translate(sql: string, tokens: readonly Token[], context: TranslateContext = NO_SESSION): string {
  let out = '';
  let from = tokens[0]?.start ?? 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index];
    if (token === undefined) break;
    const taken = takeSpecial(sql, tokens, index, context);
    out += sql.slice(from, token.start) + (taken?.text ?? translateToken(token, context));
    index += (taken?.tokens ?? 1) - 1;
    from = tokens[index]?.end ?? token.end;
  }
  return out;
}

function translateToken(token: Token, context: TranslateContext): string {
  if (token.kind === 'name' || token.kind === 'word') {
    const renamed = context.rename?.(token.text);
    if (renamed !== undefined) return renamed;
  }
  switch (token.kind) {
    case 'name':
      return quoteName(token.text);
    case 'string':
      return quoteText(token.text);
    case 'variable': {
      const value = context.variable(token.text);
      if (value === undefined) throw notEmulated(`variable ${token.text}`);
      return value;
    }
    case 'symbol':
      return SYMBOLS[token.text] ?? token.text;
    case 'word':
      return DUCKDB_KEYWORDS.has(token.text.toLowerCase())
        ? quoteName(token.text)
        : (WORDS[token.text.toLowerCase()] ?? token.text);
    default:
      return token.text;
  }
}

const SYMBOLS: Partial<Record<string, string>> = { '<=>': 'IS NOT DISTINCT FROM', '&&': 'AND' };
/** Reserved in DuckDB, and good names in StarRocks. */
const DUCKDB_KEYWORDS: ReadonlySet<string> = new Set([
  'analyse',
  'asymmetric',
  'at',
  'deferrable',
  'do',
  'initially',
  'lambda',
  'only',
  'pivot',
  'placing',
  'summarize',
  'symmetric',
  'variadic',
]);
const WORDS: Partial<Record<string, string>> = { div: '//' };

function takeSpecial(
  sql: string,
  tokens: readonly Token[],
  index: number,
  context: TranslateContext,
): Taken | undefined {
  const token = tokens[index];
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'name')) return undefined;
  const word = token.text.toLowerCase();
  const next = tokens[index + 1];
  if (isText(next, '.')) {
    if (word === 'information_schema')
      return { text: informationSchemaTable(tokens[index + 2]?.text ?? ''), tokens: 3 };
    if (word === 'default_catalog') return { text: '', tokens: 2 };
  }
  if (token.kind === 'name') return undefined;
  if (isText(next, '(') && isText(tokens[index + 2], ')')) return niladic(word, context);
  if (word === 'limit' && isText(tokens[index + 2], ',')) {
    const [offset, count] = [next, tokens[index + 3]];
    return { text: `LIMIT ${count?.text ?? '0'} OFFSET ${offset?.text ?? '0'}`, tokens: 4 };
  }
  if (isText(next, '(')) return functionCall(tokens, index, (part) => translate(sql, part, context));
  return mysqlCast(tokens, index);
}

/** Functions without arguments that only the session can answer, or that DuckDB spells without parentheses. */
function niladic(word: string, context: TranslateContext): Taken | undefined {
  switch (word) {
    case 'database':
    case 'schema':
      return { text: context.database === undefined ? 'NULL' : quoteText(context.database), tokens: 3 };
    case 'user':
    case 'current_user':
    case 'session_user':
      return { text: quoteText(`'${context.user ?? 'root'}'@'%'`), tokens: 3 };
    case 'current_timestamp':
    case 'now':
    case 'localtime':
      return { text: "CAST(date_trunc('second', now()) AS TIMESTAMP)", tokens: 3 };
    case 'curdate':
    case 'current_date':
      return { text: 'current_date', tokens: 3 };
    case 'utc_timestamp':
      return { text: "CAST(date_trunc('second', now()) AS TIMESTAMP)", tokens: 3 };
    case 'unix_timestamp':
      return { text: 'CAST(epoch(now()) AS BIGINT)', tokens: 3 };
    case 'version':
      return { text: "'8.0.33'", tokens: 3 };
    case 'current_version':
    case 'connection_id': {
      const value = context.variable(word);
      return value === undefined ? undefined : { text: value, tokens: 3 };
    }
    case 'uuid':
      return { text: 'CAST(uuid() AS VARCHAR)', tokens: 3 };
    default:
      return undefined;
  }
}

/** The type names of MySQL's CAST that DuckDB does not know. */
function mysqlCast(tokens: readonly Token[], index: number): Taken | undefined {
  if (!isText(tokens[index], 'AS') || !isText(tokens[index + 2], ')')) return undefined;
  const type = tokens[index + 1]?.text.toUpperCase();
  const known: Partial<Record<string, string>> = {
    SIGNED: 'BIGINT',
    UNSIGNED: 'UBIGINT',
    LARGEINT: 'HUGEINT',
    STRING: 'VARCHAR',
    DATETIME: 'TIMESTAMP',
    CHAR: 'VARCHAR',
  };
  const name = type === undefined ? undefined : known[type];
  return name === undefined ? undefined : { text: `AS ${name}`, tokens: 2 };
}
