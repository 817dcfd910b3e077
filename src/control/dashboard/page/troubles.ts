import { type BadRecordReport, type FailureReport } from '../../../core/task-report.ts';
import { el, List, setText, table } from './dom.ts';
import { countText, timeText } from './format.ts';

/** Records that cannot be loaded, with where they stand in Kafka, the newest first. */
export function badRecordTable(): { readonly element: Element; show(records: readonly BadRecordReport[]): void } {
  const { element, body } = table('Bad records', [
    { text: 'At' },
    { text: 'Topic' },
    { text: 'Partition', isNumber: true },
    { text: 'Offset', isNumber: true },
    { text: 'Reason' },
  ]);
  const list = new List<BadRecordReport>(
    body,
    ({ topic, partition, offset, at }) => `${topic}/${partition}/${offset}/${at}`,
    ({ at, topic, partition, offset, reason }) => ({
      element: el(
        'tr',
        {},
        el('td', {}, timeText(at)),
        el('td', {}, topic),
        el('td', { class: 'number' }, String(partition)),
        el('td', { class: 'number' }, countText(offset)),
        el('td', { class: 'words' }, reason),
      ),
      show: () => undefined,
    }),
  );
  return { element, show: (records) => list.show(records.toReversed()) };
}

/** Attempts that failed, the newest first. */
export function failureTable(): { readonly element: Element; show(failures: readonly FailureReport[]): void } {
  const { element, body } = table('Failures', [
    { text: 'Last at' },
    { text: 'Table' },
    { text: 'Times', isNumber: true },
    { text: 'What was said' },
  ]);
  const list = new List<FailureReport & { readonly number: number }>(
    body,
    ({ number, table: name, message }) => `${number} ${name} ${message}`,
    ({ table: name, message }) => {
      const at = el('td');
      const times = el('td', { class: 'number' });
      return {
        element: el('tr', {}, at, el('td', {}, name), times, el('td', { class: 'words' }, message)),
        show(failure) {
          setText(at, timeText(failure.at));
          setText(times, countText(failure.times));
        },
      };
    },
  );
  return {
    element,
    show: (failures) => list.show(failures.map((failure, number) => ({ ...failure, number })).toReversed()),
  };
}
