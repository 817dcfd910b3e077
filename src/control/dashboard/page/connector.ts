import { type TaskReport } from '../../../core/task-report.ts';
import { type ConnectorView } from '../view.ts';
import { type Action } from './api.ts';
import { createBadge } from './badge.ts';
import { createCheck } from './check.ts';
import { el, List, type Part, setText } from './dom.ts';
import { bytesText, countText, durationText, rateText, UNKNOWN } from './format.ts';
import { partitionTable } from './partitions.ts';
import { type Rates, WINDOW_MS } from './rates.ts';
import { tableCards } from './tables.ts';
import { badRecordTable, failureTable } from './troubles.ts';

export interface ConnectorPageOptions {
  readonly name: string;
  readonly rates: Rates;
  /** Does something to the connector; rejects with what the server says against it. */
  readonly act: (action: Action) => Promise<void>;
}

/** Everything about one connector. */
export function createConnector({ name, rates, act }: ConnectorPageOptions): Part<ConnectorView> {
  const badge = createBadge();
  const reasons = createReasons();
  const buttons = createButtons(act);
  const figures = createFigures();
  const flow = createFlow();
  const badRecords = badRecordTable();
  const failures = failureTable();
  const badRecordSection = section('Bad records', badRecords.element);
  const failureSection = section('What went wrong', failures.element);
  return {
    element: el(
      'article',
      { 'aria-labelledby': 'connector-name' },
      el(
        'header',
        { class: 'connector-head' },
        el('h2', { id: 'connector-name' }, name),
        el('div', { role: 'status', class: 'state' }, badge.element, reasons.element),
        buttons.element,
      ),
      figures.element,
      flow.element,
      badRecordSection,
      failureSection,
      createCheck(name),
    ),
    show(view) {
      const { report } = view;
      observe(rates, view);
      badge.show(view);
      reasons.show(view.reasons);
      buttons.show(view.target);
      figures.show({ report, perSecond: rates.perSecond(rowsKey(name), windowOf(report)) });
      flow.show({ view, rates });
      badRecords.show(report?.badRecords.last ?? []);
      failures.show(report?.failures ?? []);
      badRecordSection.hidden = (report?.badRecords.count ?? 0) === 0;
      failureSection.hidden = (report?.failures.length ?? 0) === 0;
    },
  };
}

/** By what the rows of a connector are known to the rates. */
export function rowsKey(name: string): string {
  return `${name} rows`;
}

const partitionKey = (name: string, topic: string, partition: number): string => `${name} ${topic}/${partition}`;
const tableKey = (name: string, table: string): string => `${name} table ${table}`;

function observe(rates: Rates, { name, time, report }: ConnectorView): void {
  if (!report) return;
  for (const { table, rows } of report.tables) rates.add(tableKey(name, table), rows, time);
  for (const { topic, partition, position } of report.partitions) {
    rates.add(partitionKey(name, topic, partition), position, time);
  }
}

/** Rows come in loads: an average has to see two of them. */
function windowOf(report: TaskReport | undefined): number {
  return Math.max(WINDOW_MS, 2 * (report?.batches.ms ?? 0));
}

function createReasons(): Part<readonly string[]> {
  const element = el('div', { class: 'reasons' });
  const list = new List<string>(
    element,
    (reason) => reason,
    (reason) => ({ element: el('p', {}, reason), show: () => undefined }),
  );
  return { element, show: (reasons) => list.show(reasons) };
}

/** A button keeps its place and the focus, whatever becomes of the connector. */
function createButtons(act: ConnectorPageOptions['act']): Part<string> {
  const toggle = el('button', { type: 'button' }, 'Pause');
  const restart = el('button', { type: 'button' }, 'Restart');
  const refusal = el('p', { role: 'alert', class: 'bad' });
  const run = (button: HTMLButtonElement, action: Action): void => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    setText(refusal, '');
    act(action)
      .catch((error: unknown) => setText(refusal, error instanceof Error ? error.message : String(error)))
      .finally(() => button.removeAttribute('aria-disabled'));
  };
  let wanted: Action = 'pause';
  toggle.addEventListener('click', () => run(toggle, wanted));
  restart.addEventListener('click', () => run(restart, 'restart'));
  return {
    element: el('div', { class: 'buttons' }, toggle, restart, refusal),
    show(target) {
      wanted = target === 'RUNNING' ? 'pause' : 'resume';
      setText(toggle, wanted === 'pause' ? 'Pause' : 'Resume');
      restart.disabled = target === 'STOPPED';
    },
  };
}

function createFigures(): Part<{ readonly report: TaskReport | undefined; readonly perSecond: number | undefined }> {
  const rate = el('dd');
  const lag = el('dd');
  const inFlight = el('dd');
  const meter = el('meter', { min: '0', 'aria-label': 'Share of the budget in flight' });
  const rows = el('dd');
  const bad = el('dd');
  const figure = (name: string, ...parts: Element[]): Element => el('div', {}, el('dt', {}, name), ...parts);
  return {
    element: el(
      'dl',
      { class: 'figures' },
      figure('Rows/s', rate),
      figure('Behind', lag),
      figure('In flight', inFlight, el('dd', {}, meter)),
      figure('Loaded', rows),
      figure('Bad records', bad),
    ),
    show({ report, perSecond }) {
      setText(rate, rateText(perSecond));
      setText(lag, report ? countText(behind(report)) : UNKNOWN);
      setText(inFlight, report ? bytesText(report.inFlight.bytes) : UNKNOWN);
      meter.max = report?.inFlight.limit ?? 1;
      meter.value = report?.inFlight.bytes ?? 0;
      meter.title = report ? `of ${bytesText(report.inFlight.limit)}` : '';
      setText(rows, report ? countText(report.rows) : UNKNOWN);
      setText(bad, report ? countText(report.badRecords.count) : UNKNOWN);
    },
  };
}

function behind({ partitions }: TaskReport): number {
  return partitions.reduce((sum, { end, position }) => sum + Math.max(0, end - position), 0);
}

interface FlowState {
  readonly view: ConnectorView;
  readonly rates: Rates;
}

/** From Kafka's partitions through the operators into the tables. */
function createFlow(): Part<FlowState> {
  const partitions = partitionTable();
  const steps = el('ol', { class: 'steps' });
  const stepList = new List<string>(
    steps,
    (step) => step,
    (step) => ({ element: el('li', {}, step), show: () => undefined }),
  );
  const batches = el('p', { class: 'quiet' });
  const tables = tableCards();
  const idle = el('p', { class: 'quiet' });
  const flow = el(
    'div',
    { class: 'flow' },
    section('Partitions', partitions.element),
    section('Operators', steps, batches),
    section('Tables', tables.element),
  );
  return {
    element: el('div', { class: 'flow-box' }, idle, flow),
    show({ view: { name, time, tasks, report }, rates }) {
      flow.hidden = report === undefined;
      setText(idle, report ? '' : idleText(tasks));
      if (!report) return;
      const windowMs = windowOf(report);
      partitions.show(
        report.partitions.map((one) => ({
          ...one,
          perSecond: rates.perSecond(partitionKey(name, one.topic, one.partition), windowMs),
        })),
      );
      stepList.show(report.steps);
      setText(batches, `A batch is closed after ${batchText(report.batches)}.`);
      tables.show(
        report.tables.map((one) => ({
          ...one,
          now: time,
          perSecond: rates.perSecond(tableKey(name, one.table), windowMs),
        })),
      );
    },
  };
}

function idleText(tasks: ConnectorView['tasks']): string {
  const elsewhere = tasks.map(({ id, worker }) => `task ${id} at ${worker}`).join(', ');
  return elsewhere === '' ? 'It has no task now.' : `Nothing of it runs in this process: ${elsewhere}.`;
}

function batchText({ bytes, records, ms }: TaskReport['batches']): string {
  const limits = [
    bytesText(bytes),
    ...(records === undefined ? [] : [`${countText(records)} records`]),
    durationText(ms),
  ];
  return `${limits.slice(0, -1).join(', ')} or ${limits.at(-1) ?? ''}, whichever is first`;
}

let sections = 0;

function section(title: string, ...children: readonly Element[]): HTMLElement {
  const id = `section-${sections++}`;
  return el('section', { 'aria-labelledby': id }, el('h3', { id }, title), ...children);
}
