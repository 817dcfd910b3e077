import { type PartitionReport } from '../../../core/task-report.ts';
import { el, List, type Part, setText, table } from './dom.ts';
import { bytesText, countText, rateText } from './format.ts';

export interface PartitionLine extends PartitionReport {
  readonly perSecond: number | undefined;
}

const pauseWords: Readonly<Record<PartitionReport['pauses'][number], string>> = {
  budget: 'no: the budget is in flight',
  stopped: 'no: its table has stopped',
  drain: 'no: what was read is loaded first',
};

/** The partitions, as a table. */
export function partitionTable(): { readonly element: Element; show(lines: readonly PartitionLine[]): void } {
  const { element, body } = table('Partitions', [
    { text: 'Partition' },
    { text: 'Behind', classes: 'number' },
    { text: 'Records/s', classes: 'number' },
    { text: 'In flight', classes: 'number extra' },
    { text: 'Fetched' },
  ]);
  const list = new List<PartitionLine>(body, ({ topic, partition }) => `${topic}/${partition}`, createLine);
  return { element, show: (lines) => list.show(lines) };
}

function createLine({ topic, partition }: PartitionLine): Part<PartitionLine> {
  const lag = el('td', { class: 'number' });
  const rate = el('td', { class: 'number' });
  const inFlight = el('td', { class: 'number extra' });
  const state = el('td');
  const name = el('th', { scope: 'row' }, topic, el('span', { class: 'quiet' }, ` ${partition}`));
  return {
    element: el('tr', {}, name, lag, rate, inFlight, state),
    show({ end, position, perSecond, inFlightBytes, pauses }) {
      setText(lag, countText(Math.max(0, end - position)));
      setText(rate, rateText(perSecond));
      setText(inFlight, bytesText(inFlightBytes));
      setText(state, pauses.length === 0 ? 'yes' : pauses.map((reason) => pauseWords[reason]).join('; '));
      state.classList.toggle('held', pauses.length > 0);
    },
  };
}
