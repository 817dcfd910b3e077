const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
/** No DECIMAL has more digits, so an exponent beyond it only makes zero or an overflow. */
const MAX_EXPONENT = 400;

/** `text` with exactly `scale` digits after the point, rounded half away from zero; undefined when it does not fit. */
export function toDecimal(text: string, precision: number, scale: number): string | undefined {
  const match = DECIMAL.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match ?? [];
  if (match === null || whole.length + fraction.length === 0) return undefined;
  const exponent = Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(exponentText)));
  const digits = whole + fraction;
  // Position in `digits` after which nothing is kept.
  const kept = whole.length + exponent + scale;
  if (kept > MAX_EXPONENT) return undefined;
  const unscaled = BigInt(kept <= 0 ? '0' : digits.slice(0, kept).padEnd(kept, '0'));
  const rounded = kept >= 0 && digits.charAt(kept) >= '5' ? unscaled + 1n : unscaled;
  const plain = rounded.toString();
  if (rounded !== 0n && plain.length > precision) return undefined;
  const padded = plain.padStart(scale + 1, '0');
  const point = padded.length - scale;
  const value = scale === 0 ? padded : `${padded.slice(0, point)}.${padded.slice(point)}`;
  return sign === '-' && rounded !== 0n ? `-${value}` : value;
}
