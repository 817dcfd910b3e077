import { isObservable, type Observable, type OperatorFunction } from 'rxjs';
import { describeError } from '../../core/errors.ts';
import { OperatorError } from '../../core/own-operator.ts';

/** How an operator of the user's is made. */
export interface OperatorStart {
  /** What messages call it. */
  readonly name: string;
  /** Milliseconds that it may be silent while records wait in it. */
  readonly timeoutMs: number;
  /** Called for each new beginning; the signal aborts at the end of it. */
  readonly start: (signal: AbortSignal) => unknown;
}

/** An operator as a partition has it, which is made anew where what it remembers must go. */
export class RunningOperator<A, B> {
  readonly #made: OperatorStart;
  #current: { readonly operator: OperatorFunction<A, unknown>; readonly abort: AbortController } | undefined;

  constructor(made: OperatorStart) {
    this.#made = made;
  }

  /**
   * Makes the operator, unless it is there, so that what is wrong with its factory is known before the first record.
   *
   * @throws OperatorError when there is none.
   */
  begin(): OperatorFunction<A, unknown> {
    this.#current ??= this.#start();
    return this.#current.operator;
  }

  /**
   * What the operator makes of a source.
   *
   * @throws OperatorError when there is none.
   */
  apply(source: Observable<A>): Observable<B> {
    const output: unknown = this.begin()(source);
    if (!isObservable(output)) {
      throw new OperatorError(this.#made.name, 'returns no Observable. It has to be an RxJS operator.');
    }
    // Only its type of values is not known: what it emits is checked.
    return output as Observable<B>;
  }

  /** Ends it. The next `apply` makes a new one that remembers nothing. */
  end(): void {
    this.#current?.abort.abort(new Error(`The operator ${this.#made.name} has ended.`));
    this.#current = undefined;
  }

  #start(): { operator: OperatorFunction<A, unknown>; abort: AbortController } {
    const { name, start } = this.#made;
    const abort = new AbortController();
    let operator: unknown;
    try {
      operator = start(abort.signal);
    } catch (error) {
      abort.abort(error);
      throw new OperatorError(name, `cannot be made: ${describeError(error)}`, { cause: error });
    }
    if (typeof operator !== 'function') {
      throw new OperatorError(name, 'cannot be made: its factory has to return an RxJS operator, which is a function.');
    }
    return { operator: operator as OperatorFunction<A, unknown>, abort };
  }
}
