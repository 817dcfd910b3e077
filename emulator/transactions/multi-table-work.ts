import { type TransactionWork } from './transaction.ts';

/** What the loads of a multi-table transaction brought, table by table in their order (§7.5). */
export class MultiTableWork implements TransactionWork {
  readonly #parts: TransactionWork[] = [];

  get rows(): number {
    return this.#parts.reduce((sum, { rows }) => sum + rows, 0);
  }

  get empty(): boolean {
    return this.#parts.length === 0;
  }

  add(part: TransactionWork): void {
    this.#parts.push(part);
  }

  async apply(): Promise<void> {
    for (const part of this.#parts) await part.apply();
  }

  discard(): void {
    for (const part of this.#parts) part.discard();
  }
}
