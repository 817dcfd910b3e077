import { describeError } from '../../core/errors.ts';
import { utf8TextOf } from '../../core/utf8.ts';

/** @throws SyntaxError when the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  const text = utf8TextOf(bytes);
  if (text === undefined) throw new SyntaxError('its value is not valid UTF-8');
  return text;
}

/** Says of a text that a JSON parser refused why, and how it starts. */
export function notJson(text: string, error: unknown): SyntaxError {
  const start = text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text.slice(0, 60))}`;
  return new SyntaxError(`its value is not JSON (${describeError(error)}): ${start}`);
}

/** What JSON allows between its parts. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
