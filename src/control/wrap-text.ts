/** More code units than one character on a screen has. */
const LONGEST_CHARACTER = 16;
const CHARACTERS = new Intl.Segmenter();

/** Breaks text into lines of a width, wherever that is; what takes more lines than are wanted ends with `…`. */
export function wrapText(text: string, width: number, mostLines: number): string[] {
  // No more of a long value than can be shown; line breaks and control characters would spoil the layout of a terminal.
  const start = text.slice(0, (width * mostLines + 1) * LONGEST_CHARACTER).replaceAll(/\p{Cc}/gu, ' ');
  const characters = Array.from(CHARACTERS.segment(start), ({ segment }) => segment);
  const lines: string[] = [];
  let from = 0;
  do {
    const end = endOfLine(characters, from, width);
    const isCut = end < characters.length && lines.length === mostLines - 1;
    lines.push(characters.slice(from, isCut ? end - 1 : end).join('') + (isCut ? '…' : ''));
    from = end;
  } while (from < characters.length && lines.length < mostLines);
  return lines;
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u;

function endOfLine(characters: readonly string[], from: number, width: number): number {
  let cells = 0;
  let at = from;
  for (; at < characters.length; at++) {
    cells += WIDE.test(characters[at] ?? '') ? 2 : 1;
    if (cells > width && at > from) break;
  }
  return at;
}

/** Breaks a sentence into lines between its words. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
