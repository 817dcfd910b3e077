import { type IntegerKind } from '../catalog/column-type.ts';

interface Range {
  readonly min: bigint;
  readonly max: bigint;
  /** A text of fewer characters than this is in range, whatever its digits. */
  readonly safeLength: number;
}

const RANGES: Record<IntegerKind, Range> = {
  TINYINT: range(8n),
  SMALLINT: range(16n),
  INT: range(32n),
  BIGINT: range(64n),
  LARGEINT: range(128n),
};

function range(bits: bigint): Range {
  const max = (1n << (bits - 1n)) - 1n;
  return { min: -max - 1n, max, safeLength: max.toString().length };
}

/** More digits than this are out of every range, and not worth turning into a number first. */
const LONGEST = 60;
const INTEGER = /^[+-]?\d+$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** `text` as an integer column takes it: an integer, or else a float cut at its point. Undefined when it fits neither way. */
export function toInteger(text: string, kind: IntegerKind): string | undefined {
  const trimmed = text.trim();
  if (INTEGER.test(trimmed)) return inRange(trimmed, kind);
  if (!FLOAT.test(trimmed)) return undefined;
  const number = Math.trunc(Number(trimmed));
  return Number.isFinite(number) ? inRange(BigInt(number).toString(), kind) : undefined;
}

/** `text` is known to be an optional sign and digits. */
export function inRange(text: string, kind: IntegerKind): string | undefined {
  const { min, max, safeLength } = RANGES[kind];
  if (text.length < safeLength) return text;
  if (text.length > LONGEST) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= min && value <= max ? value.toString() : undefined;
}

export function isFloatText(text: string): boolean {
  return FLOAT.test(text) && Number.isFinite(Number(text));
}
