import { quoteText } from '../catalog/column-type.ts';
import { macroName } from '../storage/functions.ts';
import { toStrftime } from './date-format.ts';
import { type Token } from './lexer.ts';
import { notEmulated } from './sql-error.ts';
import { isText } from './token-reader.ts';

/** What a run of tokens turns into. */
export interface Taken {
  readonly text: string;
  readonly tokens: number;
}

/** A call of a function that DuckDB lacks or understands differently; the token at `index` is its name, the next one `(`. */
export function functionCall(
  tokens: readonly Token[],
  index: number,
  translateTokens: (tokens: readonly Token[]) => string,
): Taken | undefined {
  const name = tokens[index]?.text.toLowerCase() ?? '';
  if (name === 'date_format' || name === 'str_to_date') return dateFunction(name, tokens, index, translateTokens);
  const macro = macroName(name);
  return macro === undefined ? undefined : { text: macro, tokens: 1 };
}

/** DuckDB wants the format to be a literal, in the words of strftime. */
function dateFunction(
  name: 'date_format' | 'str_to_date',
  tokens: readonly Token[],
  index: number,
  translateTokens: (tokens: readonly Token[]) => string,
): Taken {
  const close = closingParenthesis(tokens, index + 1);
  const [comma, format] = [tokens[close - 2], tokens[close - 1]];
  if (format?.kind !== 'string' || !isText(comma, ',')) throw notEmulated(`${name} with a format that is no literal`);
  const argument = translateTokens(tokens.slice(index + 2, close - 2));
  const pattern = quoteText(toStrftime(format.text));
  const call =
    name === 'date_format'
      ? `strftime(CAST(${argument} AS TIMESTAMP), ${pattern})`
      : `strptime(${argument}, ${pattern})`;
  return { text: call, tokens: close - index + 1 };
}

function closingParenthesis(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let index = open; index < tokens.length; index++) {
    if (isText(tokens[index], '(')) depth++;
    else if (isText(tokens[index], ')')) depth--;
    if (depth === 0) return index;
  }
  return tokens.length;
}
