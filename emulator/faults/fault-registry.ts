import { type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { resetSocket } from '../http/reset-socket.ts';
import { LoadError } from '../load/load-error.ts';
import { type Fault, type FaultPoint } from './fault.ts';
import { ConnectionCutError, FaultResponse } from './fault-errors.ts';

export interface FaultTarget {
  readonly db: string;
  readonly table: string;
  readonly label: string;
  readonly socket: Socket;
}

interface Armed {
  readonly id: number;
  readonly fault: Fault;
  skip: number;
  left: number;
  readonly removed: Promise<void>;
  readonly remove: () => void;
}

/** The faults that are to strike, in the order in which they were added. */
export class FaultRegistry {
  readonly #armed: Armed[] = [];
  #nextId = 1;

  add(fault: Fault): number {
    let remove = (): void => undefined;
    const removed = new Promise<void>((resolve) => {
      remove = resolve;
    });
    const left = fault.times === 0 ? Infinity : fault.times;
    this.#armed.push({ id: this.#nextId, fault, skip: fault.skip, left, removed, remove });
    return this.#nextId++;
  }

  remove(id: number): boolean {
    const index = this.#armed.findIndex((armed) => armed.id === id);
    const [armed] = index < 0 ? [] : this.#armed.splice(index, 1);
    armed?.remove();
    return armed !== undefined;
  }

  clear(): void {
    for (const armed of this.#armed.splice(0)) armed.remove();
  }

  list(): (Fault & { readonly id: number })[] {
    return this.#armed.filter(({ left }) => left > 0).map(({ id, fault }) => ({ id, ...fault }));
  }

  /** Called where a fault may strike; returns at once when none does. */
  async at(point: FaultPoint, when: Fault['when'], target: FaultTarget): Promise<void> {
    if (this.#armed.length === 0) return;
    const armed = this.#take(point, when, target);
    if (armed === undefined) return;
    const action = armed.fault.do;
    switch (action.kind) {
      case 'cut':
        resetSocket(target.socket);
        throw new ConnectionCutError();
      case 'disconnect':
        resetSocket(target.socket);
        return;
      case 'hang':
        return armed.removed;
      case 'delay':
        return sleep(action.ms);
      case 'fail':
        throw new LoadError(action.message);
      case 'redirect':
        throw new FaultResponse(307, '', action.location);
      case 'http':
        throw new FaultResponse(action.status, action.body);
    }
  }

  #take(point: FaultPoint, when: Fault['when'], target: FaultTarget): Armed | undefined {
    const armed = this.#armed.find(
      ({ fault, left }) => left > 0 && fault.at === point && fault.when === when && matches(fault, target),
    );
    if (armed === undefined) return undefined;
    if (armed.skip > 0) {
      armed.skip--;
      return undefined;
    }
    armed.left--;
    // A hanging request stays in the list until someone lets it go.
    if (armed.left <= 0 && armed.fault.do.kind !== 'hang') this.remove(armed.id);
    return armed;
  }
}

function matches({ match }: Fault, { db, table, label }: FaultTarget): boolean {
  if (match.db !== undefined && match.db !== db) return false;
  if (match.table !== undefined && match.table !== table) return false;
  return match.label === undefined || new RegExp(match.label).test(label);
}
