// The dashboard: asks the server each second, and shows what it says.

import { type ConnectorView, type Overview } from '../view.ts';
import { addressOf, nameIn } from './address.ts';
import { act, fetchConnector, fetchOverview, RefusedError } from './api.ts';
import { createConnector } from './connector.ts';
import { connectorList } from './connector-list.ts';
import { byId, type Part, setText } from './dom.ts';
import { timeText } from './format.ts';
import { rowsKey } from './observe.ts';
import { Rates } from './rates.ts';

const POLL_MS = 1_000;

const rates = new Rates();
const list = connectorList(byId('connectors'));
let wake: () => void = () => undefined;
let lastAnswer: number | undefined;
let shown: (Part<ConnectorView> & { readonly name: string }) | undefined;

/** The connector of the address, or the one that needs somebody most. */
function chosen({ connectors }: Overview): string | undefined {
  const wanted = nameIn(location.hash);
  return connectors.some(({ name }) => name === wanted) ? wanted : connectors[0]?.name;
}

async function refresh(): Promise<void> {
  const overview = await fetchOverview();
  const { connectors, time, version } = overview;
  for (const { name, rows } of connectors) rates.add(rowsKey(name), rows, time);
  rates.forget(time);
  const name = chosen(overview);
  // Whoever looks at a connector goes on looking at it, also when another one becomes worse.
  if (name !== undefined && nameIn(location.hash) === undefined) history.replaceState(null, '', addressOf(name));
  list.show(
    connectors.map((one) => ({ ...one, perSecond: rates.perSecond(rowsKey(one.name)), isChosen: one.name === name })),
  );
  setText(byId('version'), `version ${version}`);
  byId('none').hidden = connectors.length > 0;
  document.title = titleOf(overview);
  if (name === undefined) {
    shown = undefined;
    byId('connector').replaceChildren();
  } else {
    await showConnector(name);
  }
}

async function showConnector(name: string): Promise<void> {
  const view = await fetchConnector(name);
  if (shown?.name !== name) {
    const page = createConnector({
      name,
      rates,
      act: async (action) => {
        await act(name, action);
        wake();
      },
    });
    shown = { name, ...page };
    byId('connector').replaceChildren(page.element);
  }
  shown.show(view);
}

function titleOf({ connectors }: Overview): string {
  const bad = connectors.filter(({ health }) => health === 'failed' || health === 'blocked').length;
  return bad === 0 ? 'Tributary' : `(${bad}) Tributary`;
}

/** What is on the page may be old: it says so, and since when. */
function showAnswered(error?: unknown): void {
  if (error === undefined) lastAnswer = Date.now();
  const since = lastAnswer === undefined ? '' : ` What is shown here is from ${timeText(lastAnswer)}.`;
  setText(byId('stale'), error === undefined ? '' : `${problemText(error)}${since} It is asked again each second.`);
  document.body.classList.toggle('is-stale', error !== undefined);
}

function problemText(error: unknown): string {
  if (!(error instanceof RefusedError)) return 'The server does not answer.';
  if (error.status === 401) return 'The server wants a password: load the page anew.';
  return `The server has answered: ${error.message}`;
}

/** Until the next time; sooner when somebody did something, and not while nobody looks. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
    setTimeout(() => {
      if (!document.hidden) resolve();
    }, POLL_MS);
  });
}

addEventListener('hashchange', () => wake());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) wake();
});

for (;;) {
  try {
    await refresh();
    showAnswered();
  } catch (error) {
    showAnswered(error);
  }
  await pause();
}
