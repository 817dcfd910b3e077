import { styleText } from 'node:util';

/** What a piece of text is, for its colour. */
export type Tone = 'title' | 'good' | 'bad' | 'warning' | 'quiet';

/** Colours text on a terminal, and leaves it alone elsewhere. */
export type Paint = (tone: Tone, text: string) => string;

const STYLES = { title: 'bold', good: 'green', bad: 'red', warning: 'yellow', quiet: 'dim' } as const;

export const plain: Paint = (_, text) => text;

export const coloured: Paint = (tone, text) => styleText(STYLES[tone], text, { validateStream: false });
