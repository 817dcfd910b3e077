import { syntaxError } from './sql-error.ts';

export interface Token {
  readonly kind: 'word' | 'name' | 'string' | 'number' | 'variable' | 'symbol';
  /** Unquoted content; for a word as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!\+)[\s\S]*?\*\//y;
const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const VARIABLE = /@{1,2}[\p{L}\p{N}_.$]+/uy;
const SYMBOL = /<=>|->>|->|<=|>=|<>|!=|\|\||&&|::|:=|[^\s]/uy;

/** Cuts a statement in the MySQL dialect of StarRocks into tokens; comments disappear, positions stay. */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < sql.length) {
    const space = matchAt(SPACE, sql, position);
    if (space !== undefined) {
      position += space.length;
      continue;
    }
    const token = readToken(sql, position);
    tokens.push(token);
    position = token.end;
  }
  return tokens;
}

function readToken(sql: string, start: number): Token {
  const first = sql.charAt(start);
  if (first === '`') return quoted(sql, start, '`', 'name');
  if (first === "'" || first === '"') return quoted(sql, start, first, 'string');
  const patterns = [
    ['number', NUMBER],
    ['word', WORD],
    ['variable', VARIABLE],
    ['symbol', SYMBOL],
  ] as const;
  for (const [kind, pattern] of patterns) {
    const text = matchAt(pattern, sql, start);
    if (text !== undefined) return { kind, text, start, end: start + text.length };
  }
  throw syntaxError(`unexpected character at position ${start}`);
}

function quoted(sql: string, start: number, quote: string, kind: 'name' | 'string'): Token {
  let text = '';
  let position = start + 1;
  while (position < sql.length) {
    const character = sql.charAt(position);
    if (character === '\\' && kind === 'string') {
      text += unescape(sql.charAt(position + 1));
      position += 2;
    } else if (character === quote) {
      if (sql.charAt(position + 1) !== quote) return { kind, text, start, end: position + 1 };
      text += quote;
      position += 2;
    } else {
      text += character;
      position++;
    }
  }
  throw syntaxError(`unterminated ${quote}`);
}

const ESCAPES: Partial<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\x1a' };

function unescape(character: string): string {
  // In LIKE patterns the backslash must survive.
  if (character === '%' || character === '_') return `\\${character}`;
  return ESCAPES[character] ?? character;
}

function matchAt(pattern: RegExp, text: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0];
}
