import { isUtf8 } from 'node:buffer';
import { asBuffer } from './as-buffer.ts';

/** What bytes that are not UTF-8 are decoded to; a text may as well hold it. */
const REPLACEMENT = '\ufffd';

/** The text of these bytes; undefined when they are not UTF-8. */
export function utf8TextOf(bytes: Uint8Array): string | undefined {
  const text = asBuffer(bytes).toString();
  // Looked for in the text first: nearly all bytes are UTF-8, and then they are gone through once.
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? undefined : text;
}
