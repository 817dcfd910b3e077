import { type CheckedSetting, type ConfigCheck } from '../view.ts';
import { fetchCheck, validate } from './api.ts';
import { el, section, setText, table } from './dom.ts';

/** The check of the connector's configuration, or of another one that somebody thinks of. Nothing is changed by it. */
export function createCheck(name: string): Element {
  const input = el('textarea', { id: 'other-config', rows: '6', spellcheck: 'false', autocomplete: 'off' });
  const other = el('button', { type: 'button' }, 'Check this one');
  const own = el('button', { type: 'button' }, 'Check the configuration');
  const verdict = el('p', { role: 'status' });
  const result = el('div');

  const run = (button: HTMLButtonElement, check: () => Promise<ConfigCheck>): void => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    setText(verdict, 'Checking…');
    check()
      .then(
        (found) => {
          setText(verdict, verdictText(found));
          result.replaceChildren(...found.warnings.map((text) => el('p', {}, text)), settingsTable(found.settings));
        },
        (error: unknown) => {
          setText(verdict, error instanceof Error ? error.message : String(error));
          result.replaceChildren();
        },
      )
      .finally(() => button.removeAttribute('aria-disabled'));
  };
  own.addEventListener('click', () => run(own, () => fetchCheck(name)));
  other.addEventListener('click', () => run(other, async () => validate(readJson(input.value))));
  return section(
    'Configuration',
    own,
    el(
      'details',
      {},
      el('summary', {}, 'Check another configuration'),
      el('label', { for: 'other-config' }, 'Its settings as a JSON object. Nothing is changed.'),
      input,
      other,
    ),
    verdict,
    result,
  );
}

function readJson(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('That is no JSON object of settings and their values.');
  }
  return { ...value };
}

function verdictText({ settings }: ConfigCheck): string {
  const count = settings.reduce((sum, { errors }) => sum + errors.length, 0);
  if (count === 0) return `No mistake in ${settings.length} settings.`;
  return count === 1 ? 'One mistake.' : `${count} mistakes.`;
}

function settingsTable(settings: readonly CheckedSetting[]): Element {
  const { element, body } = table('Settings', [{ text: 'Setting' }, { text: 'Value' }, { text: 'Mistake' }]);
  const isWrong = ({ errors }: CheckedSetting): number => Number(errors.length > 0);
  body.append(
    ...settings
      .toSorted((one, other) => isWrong(other) - isWrong(one))
      .map(({ name, value, errors }) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, name),
          el('td', { class: 'words' }, value ?? ''),
          el('td', { class: 'words bad' }, errors.join(' ')),
        ),
      ),
  );
  return element;
}
