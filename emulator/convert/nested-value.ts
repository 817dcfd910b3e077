import { type ColumnType } from '../catalog/column-type.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COMMA } from '../json/bytes.ts';
import { type JsonReader } from '../json/json-reader.ts';
import { type Converted, type JsonConverter } from './converted.ts';
import { convertText } from './text-value.ts';

type ConverterFor = (type: ColumnType) => JsonConverter;
type NestedType = Extract<ColumnType, { kind: 'ARRAY' | 'MAP' | 'STRUCT' }>;

/** ARRAY, MAP and STRUCT values, rewritten as JSON that DuckDB casts. A bad element becomes NULL inside its container [U]. */
export function convertNested(value: JsonReader, type: NestedType, converterFor: ConverterFor): Converted {
  if (value.kind === 'null') return null;
  if (value.kind !== (type.kind === 'ARRAY' ? 'array' : 'object')) return undefined;
  if (type.kind === 'ARRAY') return `[${elements(value, type.element, converterFor).join(',')}]`;
  const members = readMembers(value, (name) => memberType(type, name), converterFor);
  if (type.kind === 'MAP') return `{${mapMembers(members, type.key).join(',')}}`;
  const fields = type.fields.map(({ name }) => `${JSON.stringify(name)}:${members.get(name) ?? 'null'}`);
  return `{${fields.join(',')}}`;
}

function memberType(type: Extract<ColumnType, { kind: 'MAP' | 'STRUCT' }>, name: string): ColumnType | undefined {
  return type.kind === 'MAP' ? type.value : type.fields.find((field) => field.name === name)?.type;
}

function mapMembers(members: ReadonlyMap<string, string>, keyType: ColumnType): string[] {
  const texts: string[] = [];
  for (const [name, value] of members) {
    const key = convertText(name, keyType);
    if (typeof key === 'string') texts.push(`${JSON.stringify(key)}:${value}`);
  }
  return texts;
}

function elements(value: JsonReader, type: ColumnType, converterFor: ConverterFor): string[] {
  const reader = value.inner();
  const convert = converterFor(type);
  const texts: string[] = [];
  reader.position++;
  while (reader.peek() !== CLOSE_BRACKET) {
    reader.readValue();
    texts.push(asJson(convert(reader), type));
    if (reader.peek() === COMMA) reader.position++;
  }
  return texts;
}

function readMembers(
  value: JsonReader,
  typeOf: (name: string) => ColumnType | undefined,
  converterFor: ConverterFor,
): Map<string, string> {
  const reader = value.inner();
  const members = new Map<string, string>();
  reader.position++;
  while (reader.peek() !== CLOSE_BRACE) {
    reader.readKey();
    const name = reader.text();
    reader.readValue();
    const type = typeOf(name);
    if (type !== undefined && !members.has(name)) members.set(name, asJson(converterFor(type)(reader), type));
    if (reader.peek() === COMMA) reader.position++;
  }
  return members;
}

const BARE: ReadonlySet<string> = new Set(['ARRAY', 'MAP', 'STRUCT', 'JSON', 'BOOLEAN']);

/** Everything else is quoted, so that DuckDB casts from text and no digit is lost on the way. */
function asJson(converted: Converted, type: ColumnType): string {
  if (converted === null || converted === undefined) return 'null';
  return BARE.has(type.kind) ? converted : JSON.stringify(converted);
}
