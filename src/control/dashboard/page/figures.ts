import { type TaskReport } from '../../../core/task-report.ts';
import { el, type Part, setText } from './dom.ts';
import { bytesText, countText, rateText, UNKNOWN } from './format.ts';

export interface Figures {
  /** Undefined where nothing of the connector runs here. */
  readonly report: TaskReport | undefined;
  readonly perSecond: number | undefined;
}

/** What matters most, in large numbers. */
export function createFigures(): Part<Figures> {
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
