import { type ConnectorSummary } from '../view.ts';
import { addressOf } from './address.ts';
import { createBadge } from './badge.ts';
import { el, List, type Part, setAttribute, setText } from './dom.ts';
import { countText, rateText } from './format.ts';

/** A connector as a line of the list. */
export interface ConnectorLine extends ConnectorSummary {
  readonly perSecond: number | undefined;
  readonly isChosen: boolean;
}

/** The list of connectors; the server says in which order. */
export function connectorList(container: Element): List<ConnectorLine> {
  return new List(container, ({ name }) => name, createLine);
}

function createLine({ name }: ConnectorLine): Part<ConnectorLine> {
  const badge = createBadge();
  const rate = el('span', { class: 'number' });
  const lag = el('span', { class: 'number' });
  const reason = el('span', { class: 'reason' });
  const link = el(
    'a',
    { href: addressOf(name) },
    el('span', { class: 'name' }, name),
    badge.element,
    el('span', { class: 'facts' }, rate, ' rows/s · ', lag, ' behind'),
    reason,
  );
  return {
    element: el('li', {}, link),
    show(line) {
      badge.show(line);
      setText(rate, rateText(line.perSecond));
      setText(lag, countText(line.lag));
      setText(reason, line.reasons[0] ?? '');
      setAttribute(link, 'aria-current', String(line.isChosen));
    },
  };
}
