import { type BadRecordReport, type FailureReport } from '../../../core/task-report.ts';
import { el, List, setText, table } from './dom.ts';
import { countText, timeText } from './format.ts';

/** Records that cannot be loaded, with where they stand in Kafka, the newest first. */
export function badRecordTable(): { readonly element: Element; show(records: readonly BadRecordReport[]): void } {
  const { element, body } = table('Bad records', [{ text: 'At' }, { text: 'Record' }, { text: 'Reason' }]);
  const list = new List<BadRecordReport>(
    body,
    ({ topic, partition, offset, at }) => `${topic}/${partition}/${offset}/${at}`,
    ({ at, topic, partition, offset, reason }) => ({
      element: el(
        'tr',
        {},
        el('td', {}, timeText(at)),
        el('td', {}, `${topic} partition ${partition} offset ${offset}`),
        el('td', { class: 'words' }, reason),
      ),
      show: () => undefined,
    }),
  );
  return { element, show: (records) => list.show(records.toReversed()) };
}

/** Attempts that failed, the newest first. */
export function failureTable(): { readonly element: Element; show(failures: readonly FailureReport[]): void } {
  const { element, body } = table('Failures', [{ text: 'Last at' }, { text: 'Table' }, { text: 'What was said' }]);
  const list = new List<FailureReport & { readonly number: number }>(
    body,
    ({ number, table: name, message }) => `${number} ${name} ${message}`,
    ({ table: name, message }) => {
      const at = el('span');
      const times = el('span', { class: 'quiet' });
      const when = el('td', {}, at, ' ', times);
      return {
        element: el('tr', {}, when, el('td', {}, name), el('td', { class: 'words' }, message)),
        show(failure) {
          setText(at, timeText(failure.at));
          setText(times, failure.times > 1 ? `${countText(failure.times)} times` : '');
        },
      };
    },
  );
  return {
    element,
    show: (failures) => list.show(failures.map((failure, number) => ({ ...failure, number })).toReversed()),
  };
}
