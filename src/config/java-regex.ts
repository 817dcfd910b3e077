const flagsAtStart = /^\(\?([imsux]+)\)/;

// Where JavaScript would take the text and mean something else by it.
const meantOtherwise: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\\(?![dDwWsSbBtnrfxucpPk])[A-Za-z]/, 'it has an escape that only Java knows'],
  [/&&/, 'it has an intersection of classes (&&)'],
  [/\[(?:[^\]\\]|\\.)*\[/, 'it has a class inside a class'],
];

/**
 * The regular expression of `topics.regex`, which Kafka Connect reads as Java's and matches against whole topic names.
 * Covers what topic patterns use: `\Q…\E`, flags at the start, and the syntax that both languages share. Throws a
 * SyntaxError for the rest, rather than matching other topics than Java would.
 */
export function topicPattern(java: string): RegExp {
  const flags = flagsAtStart.exec(java)?.[1] ?? '';
  if (flags.includes('x')) throw new SyntaxError('it has the flag x');
  const body = java
    .replace(flagsAtStart, '')
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  for (const [pattern, why] of meantOtherwise) if (pattern.test(body)) throw new SyntaxError(why);
  const own = ['i', 'm', 's'].filter((letter) => flags.includes(letter)).join('');
  // Only \p{…} needs JavaScript's Unicode mode, which refuses escapes that Java takes (`\-`, `\_`).
  return new RegExp(`^(?:${body})$`, /\\p/i.test(body) ? `${own}u` : own);
}

/** Why the text is no pattern for topics, or undefined. */
export function topicPatternFault(java: string): string | undefined {
  try {
    topicPattern(java);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^Invalid regular expression: .*: /s, '') : String(error);
  }
}
