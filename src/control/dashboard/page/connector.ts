import { type ConnectorView } from '../view.ts';
import { type Action } from './api.ts';
import { createBadge } from './badge.ts';
import { createButtons } from './buttons.ts';
import { createCheck } from './check.ts';
import { el, List, type Part, section } from './dom.ts';
import { createFigures } from './figures.ts';
import { createFlow } from './flow.ts';
import { observe, rowsKey, windowOf } from './observe.ts';
import { type Rates } from './rates.ts';
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

function createReasons(): Part<readonly string[]> {
  const element = el('div', { class: 'reasons' });
  const list = new List<string>(
    element,
    (reason) => reason,
    (reason) => ({ element: el('p', {}, reason), show: () => undefined }),
  );
  return { element, show: (reasons) => list.show(reasons) };
}
