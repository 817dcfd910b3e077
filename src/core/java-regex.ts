const flagsAtStart = /^\(\?([imsux]+)\)/;

// Where JavaScript would take the text and mean something else by it.
const meantOtherwise: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\\(?![dDwWsSbBtnrfxucpPk])[A-Za-z]/, 'it has an escape that only Java knows'],
  [/&&/, 'it has an intersection of classes (&&)'],
  [/\[(?:[^\]\\]|\\.)*\[/, 'it has a class inside a class'],
];

/**
 * A pattern of Java's as JavaScript has it: finds it anywhere in a text. Covers what patterns for topics use: `\Q…\E`, flags at
 * the start, and the syntax that both languages share.
 *
 * @throws SyntaxError for the rest, rather than matching other texts than Java would.
 */
export function javaPattern(java: string): RegExp {
  const { body, flags } = translate(java);
  return new RegExp(body, flags);
}

/**
 * The same for a pattern that has to match the whole text: `topics.regex`, which Kafka Connect matches against whole topic
 * names.
 *
 * @throws SyntaxError as `javaPattern`.
 */
export function topicPattern(java: string): RegExp {
  const { body, flags } = translate(java);
  return new RegExp(`^(?:${body})$`, flags);
}

function translate(java: string): { readonly body: string; readonly flags: string } {
  const flags = flagsAtStart.exec(java)?.[1] ?? '';
  if (flags.includes('x')) throw new SyntaxError('it has the flag x');
  const body = java
    .replace(flagsAtStart, '')
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  for (const [pattern, why] of meantOtherwise) if (pattern.test(body)) throw new SyntaxError(why);
  const own = ['i', 'm', 's'].filter((letter) => flags.includes(letter)).join('');
  // Only \p{…} needs JavaScript's Unicode mode, which refuses escapes that Java takes (`\-`, `\_`).
  return { body, flags: /\\p/i.test(body) ? `${own}u` : own };
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
