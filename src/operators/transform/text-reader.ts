const ZONE_NAMES = ['UTC', 'GMT'] as const;

/** Goes through a text from left to right; what doesn't match leaves it where it is. */
export class TextReader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get position(): number {
    return this.#position;
  }

  skipSpaces(): void {
    this.#take(/[ \t]*/y);
  }

  literal(text: string): boolean {
    if (!this.#text.startsWith(text, this.#position)) return false;
    this.#position += text.length;
    return true;
  }

  /** A whole number of exactly so many characters, or of as many digits as there are. */
  integer(characters: number | undefined): number | undefined {
    if (characters === undefined) return numberOf(this.#take(/-?\d+/y));
    if (this.#position + characters > this.#text.length) return undefined;
    const digits = /^-?\d+/.exec(this.#text.slice(this.#position, this.#position + characters))?.[0];
    this.#position += digits?.length ?? 0;
    return numberOf(digits);
  }

  /** Whether exactly two digits were read from there on. */
  isTwoDigits(start: number): boolean {
    return /^\d\d$/.test(this.#text.slice(start, this.#position));
  }

  /** The index of the name that stands here, whole or with its first three letters, in any case. */
  nameOf(names: readonly string[]): number | undefined {
    const here = this.#text.slice(this.#position).toLowerCase();
    for (const length of [Number.POSITIVE_INFINITY, 3]) {
      const index = names.findIndex((name) => here.startsWith(name.slice(0, length).toLowerCase()));
      if (index < 0) continue;
      this.#position += names[index]?.slice(0, length).length ?? 0;
      return index;
    }
    return undefined;
  }

  /**
   * Minutes that a time zone is ahead of UTC: a name for UTC, or an offset.
   *
   * @param iso - how many letters `X` says how an offset is written (`+01`, `+0100` or `+01:00`); undefined for `z` and `Z`.
   */
  zone(iso: number | undefined): number | undefined {
    if (iso !== undefined) {
      if (this.literal('Z')) return 0;
      return minutesOf(this.#match([/([+-])(\d\d)/y, /([+-])(\d\d)(\d\d)/y, /([+-])(\d\d):(\d\d)/y][iso - 1] ?? /$^/y));
    }
    const named = this.nameOf(ZONE_NAMES) !== undefined;
    const offset = minutesOf(this.#match(named ? /([+-])(\d\d?):(\d\d)/y : /([+-])(\d\d):?(\d\d)/y));
    return offset ?? (named ? 0 : undefined);
  }

  #take(pattern: RegExp): string | undefined {
    return this.#match(pattern)?.[0];
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.#text);
    this.#position += match?.[0].length ?? 0;
    return match;
  }
}

function numberOf(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

function minutesOf(match: RegExpExecArray | null): number | undefined {
  if (match === null) return undefined;
  const [, sign, hours = '0', minutes = '0'] = match;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
