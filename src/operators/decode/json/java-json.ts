import { integer } from '../../../core/connect-data.ts';
import { javaDouble } from '../../../core/java-number.ts';
import { NumberText } from '../../../core/number-text.ts';

const TOKEN = /\s+|"(?:[^"\\]|\\.)*"|[-+\w.]+|[{}[\],:]/suy;
const INTEGER = /^-?\d+$/;

/**
 * The first JSON value of a text, as strict JSON, for the two liberties that Kafka Connect's JsonConverter takes: it reads
 * numbers with leading zeros, and ignores whatever follows the first value.
 */
export function firstJsonValue(text: string): string {
  let json = '';
  let depth = 0;
  TOKEN.lastIndex = 0;
  for (;;) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return json;
    if (token.trim() === '') continue;
    json += token.replace(/^(-?)0+(?=\d)/, '$1');
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    if (depth === 0) return json;
  }
}

/** The number that Java makes of digits without a schema: 64 bits of an integer, or the nearest double. */
export function javaNumber(value: number | NumberText): number | bigint | NumberText {
  const text = String(value);
  if (INTEGER.test(text)) return integer(BigInt.asIntN(64, BigInt(text)));
  const double = Number(value);
  const written = javaDouble(double);
  return String(double) === written ? double : new NumberText(written);
}

/** Replaces every number of a parsed JSON value by what Java would have made of it. */
export function withJavaNumbers(json: unknown): unknown {
  if (typeof json === 'number' || json instanceof NumberText) return javaNumber(json);
  if (Array.isArray(json)) return json.map(withJavaNumbers);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, withJavaNumbers(value)]));
}
