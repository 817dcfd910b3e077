/** Breaks text into lines of a width, wherever that is; what takes more lines than are wanted ends with `…`. */
export function wrapText(text: string, width: number, mostLines: number): string[] {
  // What is a line break, a control character or two cells wide would spoil the layout of a terminal.
  const characters = [...text.replaceAll(/\p{Cc}/gu, ' ')];
  const lines: string[] = [];
  let from = 0;
  do {
    const end = endOfLine(characters, from, width);
    lines.push(characters.slice(from, end).join(''));
    from = end;
  } while (from < characters.length && lines.length < mostLines);
  const last = lines.at(-1) ?? '';
  if (from < characters.length) lines[lines.length - 1] = `${[...last].slice(0, -1).join('')}…`;
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
