/** What a `sasl.jaas.config` says. */
export interface JaasLogin {
  readonly module: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The text is not one that Kafka's JaasConfig would take. The message never holds any of it: it is half password. */
export class JaasSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JaasSyntaxError';
  }
}

const controlFlags = new Set(['required', 'requisite', 'sufficient', 'optional']);

/** Reads `Module required name="value" …;`, with the quoting of java.io.StreamTokenizer, which Kafka uses for it. */
export function parseJaas(text: string): JaasLogin {
  const tokens = [...tokenize(text)];
  const [module, flag] = [tokens.shift(), tokens.shift()];
  if (module?.kind !== 'word' || flag?.kind !== 'word')
    throw new JaasSyntaxError('it must begin with a login module and `required`');
  if (!controlFlags.has(flag.text.toLowerCase()))
    throw new JaasSyntaxError('after the login module there must be `required`');
  const options = new Map<string, string>();
  for (;;) {
    const name = tokens.shift();
    if (name === undefined) throw new JaasSyntaxError('it must end with `;`');
    if (name.kind === 'sign' && name.text === ';') break;
    const sign = tokens.shift();
    const value = tokens.shift();
    if (
      name.kind === 'sign' ||
      sign?.text !== '=' ||
      sign.kind !== 'sign' ||
      value === undefined ||
      value.kind === 'sign'
    ) {
      throw new JaasSyntaxError('each of its options must be written name="value"');
    }
    options.set(name.text, value.text);
  }
  if (tokens.length > 0) throw new JaasSyntaxError('it must hold one login module only');
  return { module: module.text, options };
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'sign';
  readonly text: string;
}

const tokenPattern =
  /\s+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|(["'])((?:\\[\s\S]|(?!\1)[^\\\r\n])*)(\1?)|([\w$.\u00a0-\uffff-]+)|([\s\S])/g;

function* tokenize(text: string): Generator<Token> {
  for (const [, opened, quoted, closed, word, sign] of text.matchAll(tokenPattern)) {
    if (opened !== undefined) {
      if (closed === '') throw new JaasSyntaxError('one of its quotes is not closed');
      yield { kind: 'quoted', text: unescape(quoted ?? '') };
    } else if (word !== undefined) yield { kind: 'word', text: word };
    else if (sign !== undefined) yield { kind: 'sign', text: sign };
  }
}

const controls: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescape(text: string): string {
  return text.replace(/\\([0-3]?[0-7]{1,2}|[\s\S])/g, (_, escaped: string) =>
    /^[0-7]/.test(escaped) ? String.fromCharCode(Number.parseInt(escaped, 8)) : (controls[escaped] ?? escaped),
  );
}
