import { javaPattern, topicPattern, topicPatternFault } from '../../core/java-regex.ts';
import { type TransformOptions } from './transform-options.ts';

/** A topic's new name, or undefined when the pattern does not match the whole of it. */
export type TopicRewrite = (topic: string) => string | undefined;

const MAX_TOPICS = 10_000;

/**
 * Reads a pattern and its replacement, as Java's `matches` and `replaceFirst` take them. What Java finds wrong with the
 * replacement once a topic matches is said at the start here.
 *
 * @throws ConfigError for a pattern or a replacement that cannot be used.
 */
export function readTopicRewrite(options: TransformOptions, regexKey: string, replacementKey: string): TopicRewrite {
  const regex = readPattern(options, regexKey);
  const replace = readReplacement(options, replacementKey, regex.part);
  const known = new Map<string, string | undefined>();
  return (topic) => {
    const found = known.get(topic);
    if (found !== undefined || known.has(topic)) return found;
    const match = regex.whole.test(topic) ? regex.part.exec(topic) : null;
    const rewritten =
      match === null
        ? undefined
        : topic.slice(0, match.index) + replace(match) + topic.slice(match.index + match[0].length);
    if (known.size < MAX_TOPICS) known.set(topic, rewritten);
    return rewritten;
  };
}

/** A pattern twice: matching whole topics, and anywhere in them. */
export interface TopicRegex {
  readonly whole: RegExp;
  readonly part: RegExp;
}

/** @throws ConfigError for a pattern that is none, or that only Java understands. */
export function readPattern(options: TransformOptions, key: string): TopicRegex {
  const regex = options.requiredText(key);
  const fault = topicPatternFault(regex);
  if (fault !== undefined) {
    throw options.invalid(key, `Invalid regex: ${fault}`, 'Write it with what Java and JavaScript have in common');
  }
  return { whole: topicPattern(regex), part: javaPattern(regex) };
}

type Piece = string | { readonly group: number | string };

function readReplacement(options: TransformOptions, key: string, regex: RegExp): (match: RegExpExecArray) => string {
  const pieces = piecesOf(options, key, regex);
  return (match) =>
    pieces
      .map((piece) => {
        if (typeof piece === 'string') return piece;
        return (typeof piece.group === 'number' ? match[piece.group] : match.groups?.[piece.group]) ?? '';
      })
      .join('');
}

/** Texts and groups (`$1`, `${name}`) of a replacement; a backslash takes the meaning of what follows it. */
function piecesOf(options: TransformOptions, key: string, regex: RegExp): readonly Piece[] {
  const replacement = options.requiredText(key);
  // With an alternative that is empty every pattern matches, and tells its groups.
  const groups = new RegExp(`${regex.source}|`, regex.flags).exec('');
  const count = (groups?.length ?? 1) - 1;
  const pieces: Piece[] = [];
  let rest = replacement;
  while (rest !== '') {
    const [all, escaped, name, digits, plain] =
      /^(?:\\(.)|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$(\d+)|([^\\$]+))/s.exec(rest) ?? [];
    if (all === undefined) {
      const wrong = rest.startsWith('$') ? 'Illegal group reference' : 'character to be escaped is missing';
      throw options.invalid(key, wrong, 'Write `\\$` and `\\\\` for the characters themselves');
    }
    rest = rest.slice(all.length);
    if (name !== undefined) {
      if (!Object.hasOwn(groups?.groups ?? {}, name)) throw options.invalid(key, `No group with name {${name}}`);
      pieces.push({ group: name });
    } else if (digits !== undefined) {
      // As many digits as name a group; those behind them are text.
      let length = 1;
      while (length < digits.length && Number(digits.slice(0, length + 1)) <= count) length++;
      const group = Number(digits.slice(0, length));
      if (group > count) throw options.invalid(key, `No group ${group}`);
      pieces.push({ group }, digits.slice(length));
    } else {
      pieces.push(escaped ?? plain ?? '');
    }
  }
  return pieces;
}
