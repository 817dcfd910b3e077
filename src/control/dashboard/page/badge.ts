import { type Health } from '../view.ts';
import { el, type Part, setAttribute, setText } from './dom.ts';

const words: Readonly<Record<Health, string>> = {
  failed: 'Failed',
  blocked: 'Table stopped',
  struggling: 'Retrying',
  slow: 'Slowed down',
  starting: 'Starting',
  paused: 'Paused',
  stopped: 'Stopped',
  running: 'Running',
};

/** A state as a word, a shape and a colour. */
export interface State {
  readonly health: Health;
  /** Where another word says it better. */
  readonly word?: string;
}

export function createBadge(): Part<State> {
  const element = el('span', { class: 'badge' });
  return {
    element,
    show({ health, word = words[health] }) {
      setAttribute(element, 'data-health', health);
      setText(element, word);
    },
  };
}
