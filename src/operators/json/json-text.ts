import { isUtf8 } from 'node:buffer';
import { asBuffer } from '../../core/as-buffer.ts';
import { describeError } from '../../core/errors.ts';

/** @throws SyntaxError when the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  const text = asBuffer(bytes).toString();
  // What is not UTF-8 is decoded to this character; a text may as well hold it.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) throw new SyntaxError('its value is not valid UTF-8');
  return text;
}

const REPLACEMENT = '\ufffd';

/** Says of a text that a JSON parser refused why, and how it starts. */
export function notJson(text: string, error: unknown): SyntaxError {
  const start = text === '' ? 'it is empty' : `it starts with ${JSON.stringify(text.slice(0, 60))}`;
  return new SyntaxError(`its value is not JSON (${describeError(error)}): ${start}`);
}

/** What JSON allows between its parts. */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
