import { type Action } from './api.ts';
import { el, type Part, setText } from './dom.ts';

/**
 * What a person may do to a connector, whose target state they show. A button keeps its place and the focus, whatever
 * becomes of it.
 *
 * @param act rejects with what the server says against it.
 */
export function createButtons(act: (action: Action) => Promise<void>): Part<string> {
  const toggle = el('button', { type: 'button' }, 'Pause');
  const restart = el('button', { type: 'button' }, 'Restart');
  const refusal = el('p', { role: 'alert', class: 'bad' });
  const run = (button: HTMLButtonElement, action: Action): void => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    setText(refusal, '');
    act(action)
      .catch((error: unknown) => setText(refusal, error instanceof Error ? error.message : String(error)))
      .finally(() => button.removeAttribute('aria-disabled'));
  };
  let wanted: Action = 'pause';
  toggle.addEventListener('click', () => run(toggle, wanted));
  restart.addEventListener('click', () => run(restart, 'restart'));
  return {
    element: el('div', { class: 'buttons' }, toggle, restart, refusal),
    show(target) {
      wanted = target === 'RUNNING' ? 'pause' : 'resume';
      setText(toggle, wanted === 'pause' ? 'Pause' : 'Resume');
      restart.disabled = target === 'STOPPED';
    },
  };
}
