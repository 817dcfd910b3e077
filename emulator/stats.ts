/** Counts since the start. */
export class Stats {
  /** Answers to loads and to transactions' prepare and commit, by their Status. */
  readonly loads: Record<string, number> = {};
  rowsLoaded = 0;
  bytesReceived = 0;

  answered(status: string): void {
    this.loads[status] = (this.loads[status] ?? 0) + 1;
  }
}

export interface StatsSnapshot {
  readonly loads: Readonly<Record<string, number>>;
  /** Rows in transactions that were committed. */
  readonly rowsLoaded: number;
  readonly bytesReceived: number;
  readonly openConnections: number;
  /** In PREPARE or PREPARED. */
  readonly openTransactions: number;
  readonly transactions: Readonly<Record<string, number>>;
}
