import { type JsonReader } from '../json/json-reader.ts';

/** Undefined: the text is not a value of the type (a "bad value", whose fate the strict mode decides). */
export type Converted = string | null | undefined;

/** Makes a column's value of the reader's last value. */
export type JsonConverter = (value: JsonReader) => Converted;
