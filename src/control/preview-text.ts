import { asBuffer } from '../core/as-buffer.ts';
import { type RawValue } from '../core/record-batch.ts';
import { utf8TextOf } from '../core/utf8.ts';
import { type Preview, type PreviewedLoad, type PreviewedRecord, type PreviewStart } from '../preview.ts';
import { type PassedStage, type StageOutput } from '../record-trace.ts';
import { type Paint } from './paint.ts';
import { previewVerdict } from './preview-verdict.ts';
import { wrapText, wrapWords } from './wrap-text.ts';

/** How a preview is shown. */
export interface PreviewTextOptions {
  readonly paint: Paint;
  /** Characters of a line. */
  readonly width: number;
  /** `errors.tolerance`: whether a bad record ends the loads of its table. */
  readonly tolerance: 'none' | 'all';
  /** `auto.offset.reset`. */
  readonly reset: string;
  /** Whether loads are transactions. */
  readonly delivery: 'exactly-once' | 'at-least-once';
}

/** Columns for the names of stages. */
const LABEL_WIDTH = 24;
/** Lines for the values of one record: less than a screen has. */
const RECORD_LINES = 18;
const MOST_VALUE_LINES = 4;
const MOST_BODY_LINES = 10;
const MOST_PARTITIONS = 8;

/** What the next records of a pipeline would become, for a person. */
export function previewText(preview: Preview, options: PreviewTextOptions): string {
  const { records, loads, errors } = preview;
  return [
    ...startLines(preview, options),
    ...records.flatMap((record, index) => ['', ...recordLines(record, `${index + 1}/${records.length}`, options)]),
    ...loads.flatMap((load) => ['', ...loadLines(load, options)]),
    ...errors.flatMap(({ topic, partition, message }) => [
      '',
      ...marked('✗', `The stream of ${topic}/${partition} ends here, as it would in a run: ${message}`, 'bad', options),
    ]),
    '',
    ...verdictLines(preview, options),
    '',
  ].join('\n');
}

function startLines({ pipeline, group, request, starts, records }: Preview, options: PreviewTextOptions): string[] {
  const { paint, width, reset } = options;
  const filled = starts.filter(({ offset, end }) => offset < end);
  const shown = filled.length > 0 ? filled : starts;
  const more = shown.length - MOST_PARTITIONS;
  const lines = shown
    .slice(0, MOST_PARTITIONS)
    .map(
      (start) =>
        `${start.topic}/${start.partition} from offset ${start.offset}, ${whyFrom(start, request.from, reset)}; it ends at ${start.end}`,
    );
  const came =
    records.length < request.records
      ? cameText(records.length, request, filled.length > 0)
      : `${records.length} records.`;
  return [
    paint('title', `${pipeline} (group ${group})`),
    ...lines.flatMap((line) => wrapWords(line, width - 2).map((part) => `  ${part}`)),
    ...(more > 0 ? [`  and ${more} more partitions`] : []),
    ...(starts.length === 0 ? ['  no topic matches topics.regex yet'] : []),
    ...wrapWords(came, width),
  ];
}

function whyFrom({ offset, committed }: PreviewStart, from: Preview['request']['from'], reset: string): string {
  if (from === 'earliest') return 'the first that it holds';
  if (from === 'latest') return 'for the newest records';
  if (committed === undefined) return `as the group has committed nothing and auto.offset.reset is ${reset}`;
  return committed === offset
    ? 'which the group has committed'
    : `as it does not hold the committed offset ${committed}`;
}

function cameText(count: number, { records, waitMs }: Preview['request'], hadSome: boolean): string {
  const came = `${count} of ${records} records came`;
  if (count > 0 && hadSome) return `${came}: there are no more just now.`;
  const hint = count > 0 ? '' : ' `--from earliest` shows the oldest ones that are there, `--from latest` the newest.';
  return `${came} within ${waitMs / 1_000} s.${hint}`;
}

function recordLines(record: PreviewedRecord, number: string, options: PreviewTextOptions): string[] {
  const { paint, width } = options;
  const { record: raw, stages, failure, rows, table } = record;
  const targets = rows.length === 0 ? [table] : rows.map(({ target = table }) => target);
  const into = [...new Set(targets.map((target) => `${target.database}.${target.table}`))].join(', ');
  const title = `── ${number}  ${raw.topic}/${raw.partition} offset ${raw.offset} → ${into} `;
  const changed = changes(stages, bytesText(raw.value));
  const values = 1 + rows.length + changed.filter(({ isSame }) => !isSame).length;
  const most = Math.max(1, Math.min(MOST_VALUE_LINES, Math.floor(RECORD_LINES / values)));
  const shown = (label: string, text: string): string[] =>
    labelled(label, wrapText(text, width - LABEL_WIDTH, most), options);
  return [
    paint('title', title.padEnd(width, '─')),
    ...labelled('record', [factsText(raw).slice(0, width - LABEL_WIDTH)], options),
    ...shown('', bytesText(raw.value)),
    ...changed.flatMap(({ stage, outputs, isSame }) => {
      if (isSame) return labelled(stage, [paint('quiet', 'as before')], options);
      if (outputs.length === 0) return failure ? [] : labelled(stage, [paint('warning', 'left out here')], options);
      return outputs.flatMap((text, index) => shown(index === 0 ? stage : '', text));
    }),
    ...rows.flatMap(({ bytes, findings }) => [
      ...shown('sent', bytesText(bytes)),
      ...findings.flatMap(({ kind, message }) =>
        kind === 'refused'
          ? marked('✗', `StarRocks refuses the row: ${message}`, 'bad', options)
          : marked('!', message, 'warning', options),
      ),
    ]),
    ...(failure ? marked('✗', `${failure.stage} ${failure.className}: ${failure.reason}`, 'bad', options) : []),
    ...(!failure && rows.length === 0 ? labelled('sent', [paint('warning', 'nothing')], options) : []),
  ];
}

/** What each stage made, and whether it made anything of what it got. */
function changes(stages: readonly PassedStage[], raw: string): { stage: string; outputs: string[]; isSame: boolean }[] {
  let before: StageOutput | undefined = { value: raw };
  return stages.map(({ stage, outputs }) => {
    const [only, second] = outputs;
    const last = before;
    before = second === undefined ? only : undefined;
    const isSame = last !== undefined && before !== undefined && isSameOutput(last, before);
    return { stage, outputs: outputs.map((output) => outputText(output, last)), isSame };
  });
}

function isSameOutput(one: StageOutput, other: StageOutput): boolean {
  return one.value === other.value && !isOther(one.key, other.key) && !isOther(one.topic, other.topic);
}

/** Whether both are known, and differ. */
function isOther(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other;
}

function outputText({ value, key, topic }: StageOutput, before: StageOutput | undefined): string {
  const parts = [
    ...(isOther(before?.topic, topic) ? [`topic ${topic ?? ''}`] : []),
    ...(isOther(before?.key, key) ? [`key ${key ?? ''}`] : []),
    value,
  ];
  return parts.join('  ');
}

function factsText({ timestamp, key, headers }: PreviewedRecord['record']): string {
  const names = Object.entries(headers).map(([name, value]) => `${name}=${headerText(value)}`);
  return [
    timestamp < 0 ? 'no timestamp' : new Date(timestamp).toISOString(),
    ...(key === null ? ['no key'] : [`key ${bytesText(key)}`]),
    ...(names.length === 0 ? [] : [`headers ${names.join(' ')}`]),
  ].join('  ');
}

function headerText(value: unknown): string {
  if (Array.isArray(value)) return value.map(headerText).join(',');
  return value instanceof Uint8Array ? bytesText(value) : String(value);
}

function bytesText(bytes: RawValue): string {
  if (bytes === null) return 'null (a tombstone)';
  if (bytes.length === 0) return '(0 bytes)';
  return utf8TextOf(bytes) ?? `${bytes.length} bytes, in hexadecimal ${asBuffer(bytes).toString('hex')}`;
}

function loadLines({ table, request, rows, body, unchecked }: PreviewedLoad, options: PreviewTextOptions): string[] {
  const { paint, width, delivery } = options;
  const title = `── load into ${table.database}.${table.table}: ${countText(rows, 'row')}, ${body.length} bytes `;
  const how = delivery === 'exactly-once' ? 'in a transaction, between begin and prepare:' : 'in one request:';
  return [
    paint('title', title.padEnd(width, '─')),
    how,
    `PUT ${request.path}`,
    ...Object.entries(request.headers).map(([name, value]) => `  ${name}: ${value}`.slice(0, width)),
    ...(rows === 0 ? [] : wrapText(bytesText(body), width - 2, MOST_BODY_LINES).map((line) => `  ${line}`)),
    ...(unchecked
      ? marked(
          '!',
          `The rows were not compared with the columns of ${table.database}.${table.table}: ${unchecked.reason}.`,
          unchecked.isFault ? 'bad' : 'warning',
          options,
        )
      : []),
  ];
}

function verdictLines(preview: Preview, options: PreviewTextOptions): string[] {
  const { paint, width, tolerance } = options;
  const { good, bad, left, rows, notes, firstBad, everythingLoads } = previewVerdict(preview);
  const parts = [
    ...(good > 0 || preview.records.length === 0 ? [`${good} would be loaded as ${countText(rows, 'row')}`] : []),
    ...(left > 0 ? [`${left} would be left out`] : []),
    ...(bad > 0 ? [`${bad} cannot be loaded`] : []),
    ...(notes > 0 ? [`${countText(notes, 'note')} (!)`] : []),
  ];
  const stop =
    firstBad && tolerance === 'none'
      ? [
          `A run would stop loading ${firstBad.table.name} at ${firstBad.record.topic}/${firstBad.record.partition} offset ${firstBad.record.offset}, as errors.tolerance is none.`,
        ]
      : [];
  return [
    ...wrapWords(
      `${everythingLoads ? '✓' : '✗'} ${countText(preview.records.length, 'record')}: ${parts.join(', ')}.`,
      width,
    ).map((line) => paint(everythingLoads ? 'good' : 'bad', line)),
    ...stop.flatMap((line) => wrapWords(line, width)),
    'Nothing was loaded, and nothing was committed.',
  ];
}

function labelled(label: string, lines: readonly string[], { paint }: PreviewTextOptions): string[] {
  const own = label.length > LABEL_WIDTH - 2 ? [paint('quiet', label)] : [];
  return [
    ...own,
    ...lines.map((line, index) => {
      const name = index === 0 && own.length === 0 ? label : '';
      return `${paint('quiet', name.padEnd(LABEL_WIDTH))}${line}`;
    }),
  ];
}

function marked(mark: string, text: string, tone: 'bad' | 'warning', { paint, width }: PreviewTextOptions): string[] {
  return wrapWords(text, width - 4).map((line, index) => paint(tone, `${index === 0 ? `  ${mark} ` : '    '}${line}`));
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
