import { BACKSLASH, COLON, COMMA, isSpace, QUOTE } from './bytes.ts';
import { type JsonReader } from './json-reader.ts';

/** The reader's last value without white space: what a VARCHAR column gets of an object or array. */
export function minified(reader: JsonReader): string {
  return rewrite(reader, '');
}

/** The reader's last value as StarRocks prints JSON columns: one space after each comma and colon. */
export function spaced(reader: JsonReader): string {
  return rewrite(reader, ' ');
}

function rewrite({ bytes, start, end }: JsonReader, afterSeparator: string): string {
  const parts: string[] = [];
  let from = start;
  let position = start;
  while (position < end) {
    const byte = bytes[position];
    if (byte === QUOTE) {
      position = stringEnd(bytes, position);
    } else if (isSpace(byte)) {
      parts.push(bytes.toString('utf8', from, position));
      from = ++position;
    } else {
      position++;
      if (byte === COMMA || byte === COLON) {
        parts.push(bytes.toString('utf8', from, position), afterSeparator);
        from = position;
      }
    }
  }
  parts.push(bytes.toString('utf8', from, end));
  return parts.join('');
}

function stringEnd(bytes: Buffer, start: number): number {
  let position = start + 1;
  while (bytes[position] !== QUOTE) position += bytes[position] === BACKSLASH ? 2 : 1;
  return position + 1;
}
