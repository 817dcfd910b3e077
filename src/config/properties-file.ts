/** One `key=value` of a file in the format of java.util.Properties. */
export interface Property {
  readonly key: string;
  readonly value: string;
  /** The line that the key stands in, from 1. */
  readonly line: number;
  /** What stood between key and value. */
  readonly separator: '=' | ':' | ' ';
}

/** A file that Java could not load either. */
export class PropertiesSyntaxError extends Error {
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.name = 'PropertiesSyntaxError';
    this.line = line;
  }
}

/**
 * Reads the format of java.util.Properties: `#` and `!` comments, `=`, `:` or white space between key and value, lines
 * continued with a backslash, `\uXXXX`; trailing white space belongs to the value. Gives every line, duplicates included,
 * in the order of the file: what a duplicate means is the caller's to say.
 */
export function parseProperties(text: string): Property[] {
  return [...logicalLines(text)].map(({ content, line }) => parseLine(content, line));
}

interface LogicalLine {
  readonly content: string;
  readonly line: number;
}

function* logicalLines(text: string): Generator<LogicalLine> {
  let pending: LogicalLine | undefined;
  for (const [index, natural] of text.split(/\r\n|\r|\n/).entries()) {
    const trimmed = natural.replace(/^[ \t\f]+/, '');
    // A comment cannot be continued, nor can it continue a line: there its # is text.
    if (pending === undefined && (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith('!'))) continue;
    const content = (pending?.content ?? '') + trimmed;
    const line = pending?.line ?? index + 1;
    if (endsWithContinuation(trimmed)) {
      pending = { content: content.slice(0, -1), line };
    } else {
      pending = undefined;
      if (content !== '') yield { content, line };
    }
  }
  if (pending !== undefined && pending.content !== '') yield pending;
}

/** An odd number of backslashes at the end: the last one is not itself escaped. */
function endsWithContinuation(text: string): boolean {
  const backslashes = /\\+$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

function parseLine(content: string, line: number): Property {
  const keyLength = /^(?:\\.|[^\\=:\s])*\\?/s.exec(content)?.[0].length ?? 0;
  const rest = content.slice(keyLength);
  const between = /^[ \t\f]*([=:]?)[ \t\f]*/.exec(rest);
  const sign = between?.[1];
  return {
    key: unescape(content.slice(0, keyLength), line),
    value: unescape(rest.slice(between?.[0].length ?? 0), line),
    line,
    separator: sign === '=' || sign === ':' ? sign : ' ',
  };
}

const controls: Readonly<Record<string, string>> = { t: '\t', r: '\r', n: '\n', f: '\f' };

function unescape(text: string, line: number): string {
  return text.replace(/\\(u[0-9A-Fa-f]{4}|.|$)/gs, (_, escaped: string) => {
    if (escaped.length === 5) return String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
    if (escaped === 'u') throw new PropertiesSyntaxError('\\u must be followed by four hexadecimal digits', line);
    return controls[escaped] ?? escaped;
  });
}
