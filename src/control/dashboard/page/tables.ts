import { type LoadReport, type TableReport } from '../../../core/task-report.ts';
import { createBadge, type State } from './badge.ts';
import { el, List, type Part, setAttribute, setText, table } from './dom.ts';
import { agoText, bytesText, countText, durationText, rateText, sentence, timeText, UNKNOWN } from './format.ts';

export interface TableCard extends TableReport {
  readonly perSecond: number | undefined;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly now: number;
}

const SLOTS = 20;
const BAR_WIDTH = 5;
const BARS_HEIGHT = 28;
const SVG = 'http://www.w3.org/2000/svg';

/** The tables, a card each. */
export function tableCards(): { readonly element: Element; show(cards: readonly TableCard[]): void } {
  const element = el('ul', { class: 'cards' });
  const list = new List<TableCard>(element, (card) => card.table, createCard);
  return { element, show: (cards) => list.show(cards) };
}

function createCard({ table: name }: TableCard): Part<TableCard> {
  const badge = createBadge();
  const rate = el('span', { class: 'number' });
  const last = el('span', { class: 'number' });
  const ago = el('span', { class: 'quiet' });
  const waiting = el('span', { class: 'number' });
  const reason = el('p', { class: 'reason' });
  const bars = createBars();
  const loads = createLoads(name);
  const element = el(
    'li',
    { class: 'card' },
    el('div', { class: 'card-head' }, el('h4', {}, name), badge.element),
    reason,
    el(
      'dl',
      { class: 'facts' },
      el('div', {}, el('dt', {}, 'Rows/s'), el('dd', {}, rate)),
      el('div', {}, el('dt', {}, 'Waiting'), el('dd', {}, waiting)),
      el('div', { class: 'wide' }, el('dt', {}, 'Last load'), el('dd', {}, last, ' ', ago)),
    ),
    el('figure', {}, bars.element, el('figcaption', { class: 'quiet' }, 'time of the last loads')),
    loads.element,
  );
  return {
    element,
    show(card) {
      const load = card.loads.at(-1);
      const state = stateOf(card);
      setAttribute(element, 'data-health', state.health);
      badge.show(state);
      setText(reason, reasonOf(card));
      setText(rate, rateText(card.perSecond));
      setText(waiting, bytesText(card.waitingBytes));
      setText(last, load ? loadText(load) : UNKNOWN);
      setText(ago, load ? agoText(card.now - load.at) : '');
      bars.show(card.loads);
      loads.show(card.loads);
    },
  };
}

function stateOf({ stopped, trouble, underway }: TableCard): State {
  if (stopped) return { health: 'blocked', word: 'Stopped' };
  if (trouble) return { health: 'struggling' };
  return { health: 'running', word: underway > 0 ? 'Loading' : 'Ready' };
}

function reasonOf({ stopped, trouble, now }: TableCard): string {
  if (!stopped) return trouble?.message ?? '';
  return `${sentence(stopped.message)} ${retryText(stopped.retryAt, now)}`;
}

function retryText(retryAt: number | undefined, now: number): string {
  if (retryAt === undefined) return 'A restart tries it again.';
  return retryAt > now ? `It is tried again in ${Math.ceil((retryAt - now) / 1_000)} s.` : 'It is being tried again.';
}

function loadText({ rows, bytes, ms }: LoadReport): string {
  return `${countText(rows)} rows, ${bytesText(bytes)} in ${durationText(ms)}`;
}

/** The time of each load as a bar; the newest at the right. */
function createBars(): Part<readonly LoadReport[]> {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('class', 'bars');
  element.setAttribute('viewBox', `0 0 ${SLOTS * (BAR_WIDTH + 1)} ${BARS_HEIGHT}`);
  element.setAttribute('aria-hidden', 'true');
  const rects = Array.from({ length: SLOTS }, (_, index) => {
    const rect = document.createElementNS(SVG, 'rect');
    rect.setAttribute('x', String(index * (BAR_WIDTH + 1)));
    rect.setAttribute('width', String(BAR_WIDTH));
    return rect;
  });
  element.append(...rects);
  return {
    element,
    show(loads) {
      const most = Math.max(1, ...loads.map(({ ms }) => ms));
      for (const [index, rect] of rects.entries()) {
        const load = loads[index - SLOTS + loads.length];
        const height = load ? Math.max(2, (load.ms / most) * BARS_HEIGHT) : 1;
        setAttribute(rect, 'y', String(BARS_HEIGHT - height));
        setAttribute(rect, 'height', String(height));
        setAttribute(rect, 'class', load ? 'load' : 'none');
      }
    },
  };
}

function createLoads(name: string): Part<readonly LoadReport[]> {
  const { element: loads, body } = table(`Last loads of ${name}`, [
    { text: 'At' },
    { text: 'Rows', classes: 'number' },
    { text: 'Bytes', classes: 'number' },
    { text: 'Time', classes: 'number' },
  ]);
  const list = new List<LoadReport>(body, ({ at, rows, ms }) => `${at} ${rows} ${ms}`, createLoad);
  const element = el('details', {}, el('summary', {}, 'Last loads'), loads);
  return {
    element,
    show: (all) => list.show(all.toReversed()),
  };
}

function createLoad({ at, rows, filtered, bytes, ms }: LoadReport): Part<LoadReport> {
  const left = filtered > 0 ? ` (${countText(filtered)} left out)` : '';
  const cells = [countText(rows) + left, bytesText(bytes), durationText(ms)];
  return {
    element: el('tr', {}, el('td', {}, timeText(at)), ...cells.map((text) => el('td', { class: 'number' }, text))),
    show: () => undefined,
  };
}
