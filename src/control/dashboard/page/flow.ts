import { type TaskReport } from '../../../core/task-report.ts';
import { type ConnectorView } from '../view.ts';
import { el, List, type Part, section, setText } from './dom.ts';
import { bytesText, countText, durationText } from './format.ts';
import { partitionKey, tableKey, windowOf } from './observe.ts';
import { partitionTable } from './partitions.ts';
import { type Rates } from './rates.ts';
import { tableCards } from './tables.ts';

export interface FlowState {
  readonly view: ConnectorView;
  readonly rates: Rates;
}

/** From Kafka's partitions through the operators into the tables. */
export function createFlow(): Part<FlowState> {
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
