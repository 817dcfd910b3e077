import { asBuffer } from './as-buffer.ts';

/** Java's names of encodings that the web's names lack. */
const JAVA_NAMES: Readonly<Record<string, string>> = { utf8: 'utf-8', utf16: 'utf-16be', 'utf-16': 'utf-16be' };

/** How to read a text encoding that Java knows: UTF-8, ISO-8859-1, those of the web. Undefined for any other. */
export function textDecoder(encoding: string): ((bytes: Uint8Array) => string) | undefined {
  const name = encoding.toLowerCase();
  if (/^(utf-?8)$/.test(name)) return (bytes) => asBuffer(bytes).toString('utf8');
  // What the web calls ISO-8859-1 is windows-1252, which has other characters at 0x80.
  if (/^(iso[-_]?8859[-_]1|latin-?1)$/.test(name)) return (bytes) => asBuffer(bytes).toString('latin1');
  try {
    // A BOM is text in Java.
    const decoder = new TextDecoder(JAVA_NAMES[name] ?? name, { ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
