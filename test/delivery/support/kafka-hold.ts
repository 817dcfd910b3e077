import { type CuttableHold } from './hold.ts';

/** Which commit of offsets to keep. */
export interface CommitFilter {
  readonly clientId: string;
  /** `open` and `decided`: what a load writes beside the offset. `position`: an offset without metadata. */
  readonly entry: 'open' | 'decided' | 'position';
  /** Before the broker gets the request, or after it has acted and before its answer arrives. */
  readonly when: 'before' | 'after';
}

/** How a message that was kept goes on: as it is, or not at all, with its connection reset. */
export type Passage = 'release' | 'cut';

/** A commit that the gate keeps, or its answer. */
export class KafkaHold implements CuttableHold {
  readonly filter: CommitFilter;
  #reached = false;
  readonly #passage: Promise<Passage>;
  #settle: (passage: Passage) => void = () => undefined;

  constructor(filter: CommitFilter) {
    this.filter = filter;
    this.#passage = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get what(): string {
    const { when, entry, clientId } = this.filter;
    return `the moment ${when} Kafka takes "${entry}" from ${clientId}`;
  }

  get isReached(): boolean {
    return this.#reached;
  }

  release(): void {
    this.#settle('release');
  }

  /** The connection is reset; a request that has not reached the broker never does. */
  cut(): void {
    this.#settle('cut');
  }

  /** The message is here. Resolves when a test lets it go. */
  reach(): Promise<Passage> {
    this.#reached = true;
    return this.#passage;
  }
}
