import { UnavailableError } from '../../src/core/errors.ts';
import { LostAnswerError } from '../../src/sinks/starrocks/http-put.ts';

/** Whoever sends requests. */
export interface Sender {
  /** A process that was killed sends and hears nothing. */
  readonly alive: boolean;
  /** A process that was stopped sends and hears nothing until it goes on. */
  readonly frozen: boolean;
}

/** What a server makes of a request. */
export interface Handling<T> {
  readonly act: () => T;
  /** How it says that it could not; without it, it never does. */
  readonly refuse?: () => T;
  /** It changes nothing, so that it does not matter to the sender whether the request or the answer was lost. */
  readonly reads?: boolean;
}

/** A request on its way: the server acts on it, sooner or later or never, and its sender hears of that or not. */
export class ModelRequest {
  readonly sender: Sender;
  readonly #handle: (refused: boolean) => void;
  readonly #tell: () => void;
  readonly #lose: (sent: boolean) => void;
  #held: boolean;
  #handled = false;
  #over = false;

  constructor(sender: Sender, handle: (refused: boolean) => void, tell: () => void, lose: (sent: boolean) => void) {
    this.sender = sender;
    this.#handle = handle;
    this.#tell = tell;
    this.#lose = lose;
    this.#held = sender.frozen;
  }

  /** The server can take it now. */
  get arrived(): boolean {
    if (this.#held && !this.sender.frozen) this.#held = false;
    return !this.#handled && !this.#held;
  }

  /** Its sender waits for the answer, and can hear it now. */
  get awaited(): boolean {
    return !this.#over && this.sender.alive && !this.sender.frozen;
  }

  /** Nobody will act on it or wait for it any more. */
  get isDone(): boolean {
    return this.#handled && (this.#over || !this.sender.alive);
  }

  handle(refused = false): void {
    if (!this.arrived) return;
    this.#handled = true;
    this.#handle(refused);
  }

  /** The answer arrives. */
  answer(): void {
    if (!this.#handled || !this.awaited) return;
    this.#over = true;
    this.#tell();
  }

  /** The answer never arrives, and the server may act on it all the same, even later. */
  lose(): void {
    if (!this.awaited) return;
    this.#over = true;
    this.#lose(true);
  }

  /** It never reaches the server, and its sender knows. */
  drop(): void {
    if (this.#handled || !this.awaited) return;
    this.#handled = true;
    this.#over = true;
    this.#lose(false);
  }
}

/** Every request between the processes and the servers. Nothing moves by itself. */
export class ModelNetwork {
  #requests: ModelRequest[] = [];

  /** Those on which the server has not acted yet, oldest first. */
  get arrived(): ModelRequest[] {
    return this.#current().filter((request) => request.arrived);
  }

  /** Those whose sender waits, oldest first. */
  get awaited(): ModelRequest[] {
    return this.#current().filter((request) => request.awaited);
  }

  send<T>(sender: Sender, { act, refuse, reads = false }: Handling<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!sender.alive) return;
      let tell = (): void => undefined;
      this.#requests.push(
        new ModelRequest(
          sender,
          (refused) => {
            try {
              const answer = refused && refuse ? refuse() : act();
              tell = () => resolve(answer);
            } catch (error) {
              tell = () => reject(error instanceof Error ? error : new Error(String(error)));
            }
          },
          () => tell(),
          (sent) => reject(sent && !reads ? new LostAnswerError('cut') : new UnavailableError('refused')),
        ),
      );
    });
  }

  #current(): ModelRequest[] {
    this.#requests = this.#requests.filter((request) => !request.isDone);
    return this.#requests;
  }
}
