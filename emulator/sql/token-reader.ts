import { type Token } from './lexer.ts';
import { type SqlText } from './split-statements.ts';
import { syntaxError } from './sql-error.ts';

/** Walks over a statement's tokens; keywords compare without regard to case. */
export class TokenReader {
  readonly sql: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor({ text, tokens }: SqlText) {
    this.sql = text;
    this.#tokens = tokens;
  }

  get done(): boolean {
    return this.#position >= this.#tokens.length;
  }

  /** Where the token before this position ends in the source text. */
  get lastEnd(): number {
    return this.#tokens[this.#position - 1]?.end ?? 0;
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#position + ahead];
  }

  next(): Token {
    const token = this.#tokens[this.#position];
    if (token === undefined) throw syntaxError('unexpected end of statement');
    this.#position++;
    return token;
  }

  /** Whether the next tokens are these keywords or symbols. */
  at(...words: readonly string[]): boolean {
    return words.every((word, index) => isText(this.peek(index), word));
  }

  accept(...words: readonly string[]): boolean {
    if (!this.at(...words)) return false;
    this.#position += words.length;
    return true;
  }

  expect(...words: readonly string[]): void {
    if (!this.accept(...words)) throw syntaxError(`expected ${words.join(' ')} ${this.#where()}`);
  }

  name(): string {
    const token = this.next();
    if (token.kind === 'name' || token.kind === 'word') return token.text;
    throw syntaxError(`expected a name but found "${token.text}"`);
  }

  string(): string {
    const token = this.next();
    if (token.kind === 'string') return token.text;
    throw syntaxError(`expected a string but found "${token.text}"`);
  }

  number(): number {
    const token = this.next();
    if (token.kind === 'number') return Number(token.text);
    throw syntaxError(`expected a number but found "${token.text}"`);
  }

  /** `(a, b, c)` */
  nameList(): string[] {
    this.expect('(');
    const names: string[] = [];
    do {
      names.push(this.name());
    } while (this.accept(','));
    this.expect(')');
    return names;
  }

  /** The source text of a balanced `( … )`, without its outer parentheses. */
  parenthesized(): string {
    this.expect('(');
    const start = this.peek()?.start ?? this.sql.length;
    let depth = 1;
    let end = start;
    while (depth > 0) {
      const token = this.next();
      if (isText(token, '(')) depth++;
      else if (isText(token, ')')) depth--;
      end = token.start;
    }
    return this.sql.slice(start, end).trim();
  }

  /** Everything from here to the end of the statement, as written. */
  rest(): string {
    const first = this.peek();
    const last = this.#tokens.at(-1);
    this.#position = this.#tokens.length;
    return first === undefined || last === undefined ? '' : this.sql.slice(first.start, last.end);
  }

  expectEnd(): void {
    if (!this.done) throw syntaxError(`unexpected input ${this.#where()}`);
  }

  #where(): string {
    const token = this.peek();
    return token === undefined ? 'at the end' : `at "${token.text}"`;
  }
}

export function isText(token: Token | undefined, word: string): boolean {
  if (token === undefined || (token.kind !== 'word' && token.kind !== 'symbol')) return false;
  return token.text.toUpperCase() === word;
}
