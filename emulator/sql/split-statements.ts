import { type Token, tokenize } from './lexer.ts';

export interface SqlText {
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** One query packet may hold several statements separated by semicolons. */
export function splitStatements(sql: string): SqlText[] {
  const statements: SqlText[] = [];
  let current: Token[] = [];
  for (const token of tokenize(sql)) {
    if (token.kind === 'symbol' && token.text === ';') {
      if (current.length > 0) statements.push({ text: sql, tokens: current });
      current = [];
    } else {
      current.push(token);
    }
  }
  if (current.length > 0) statements.push({ text: sql, tokens: current });
  return statements;
}
