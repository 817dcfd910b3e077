import { asBuffer } from '../../../core/as-buffer.ts';
import { isSpace } from '../../json/json-text.ts';

const PAYLOAD = Buffer.from('"payload"');
const COLON = 0x3a;
const CLOSE_BRACE = 0x7d;

/** An envelope whose beginning is known: what was learned of it, and the bytes of its payload. */
export interface KnownEnvelope<T> {
  readonly found: T;
  readonly payload: Uint8Array;
}

/**
 * Knows the beginning of an envelope, `{"schema":{…},"payload":`, by its bytes. The records of a topic have the same
 * schema one after the other, often ten times as long as their payload: when the bytes are the same, so is the schema, and
 * only the payload has to be parsed.
 */
export class EnvelopePrefix<T> {
  #prefix: Buffer | undefined;
  #found: T | undefined;

  /** The payload of an envelope that begins as the last one learned; it must still be parsed to know that it is one value. */
  match(bytes: Uint8Array): KnownEnvelope<T> | undefined {
    const prefix = this.#prefix;
    if (prefix === undefined || this.#found === undefined) return undefined;
    const last = bytes.length - 1;
    if (last <= prefix.length || bytes[last] !== CLOSE_BRACE) return undefined;
    if (prefix.compare(bytes, 0, prefix.length) !== 0) return undefined;
    return { found: this.#found, payload: bytes.subarray(prefix.length, last) };
  }

  /** Learns the beginning of an envelope that was read whole and is valid: an object of a schema and a payload. */
  learn(bytes: Uint8Array, found: T): void {
    const prefix = prefixOf(asBuffer(bytes));
    // A copy: these bytes are part of a fetch, which must not stay in memory for them.
    this.#prefix = prefix && Buffer.from(prefix);
    this.#found = found;
  }
}

/** Up to the colon after `"payload"`, when the schema comes first and is whole before it. */
function prefixOf(bytes: Buffer): Buffer | undefined {
  let from = 0;
  for (;;) {
    const at = bytes.indexOf(PAYLOAD, from);
    if (at < 0) return undefined;
    from = at + PAYLOAD.length;
    let colon = from;
    while (isSpace(bytes[colon])) colon++;
    if (bytes[colon] !== COLON) continue;
    const prefix = bytes.subarray(0, colon + 1);
    // A schema may speak of a "payload" itself: only where the object can end after it is it the one that we look for.
    if (endsAnObject(`${prefix.toString('utf8')}null}`)) return prefix;
  }
}

function endsAnObject(text: string): boolean {
  try {
    return 'schema' in (JSON.parse(text) as object);
  } catch {
    return false;
  }
}
