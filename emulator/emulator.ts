import { Backend } from './be/backend.ts';
import { Cluster } from './cluster.ts';
import { ControlServer } from './control/control-server.ts';
import { type FailureName, type Fault, type FaultPoint } from './faults/fault.ts';
import { type FaultSpec, parseFault } from './faults/parse-fault.ts';
import { createFrontend } from './fe/frontend.ts';
import { type Frontend } from './fe/handler.ts';
import { MysqlServer } from './mysql/mysql-server.ts';
import { type QueryRow, runQuery } from './query.ts';
import { type EmulatorOptions, type Settings, toSettings } from './settings.ts';
import { type StatsSnapshot } from './stats.ts';
import { Storage } from './storage/storage.ts';

/** Which nodes an operation is about; without an index, all of a kind. */
export type Nodes = 'fe' | 'be' | 'all' | { readonly be: number };

/** A running StarRocks emulator. */
export class Emulator {
  readonly #cluster: Cluster;
  readonly #frontends: readonly Frontend[];
  readonly #backends: readonly Backend[];
  readonly #mysql: MysqlServer;
  readonly #sweeper: NodeJS.Timeout;
  #control: ControlServer | undefined;
  #leaderIndex = 0;

  private constructor(cluster: Cluster) {
    const { settings } = cluster;
    this.#cluster = cluster;
    const ports = settings.follower ? [settings.fePort, 0] : [settings.fePort];
    this.#frontends = ports.map((port, index) =>
      createFrontend(cluster, port, () => (index === this.#leaderIndex ? undefined : this.feHostPort)),
    );
    this.#backends = Array.from(
      { length: settings.backends },
      (_, index) => new Backend(10_001 + index, cluster, index === 0 ? settings.bePort : 0),
    );
    cluster.backends = this.#backends;
    this.#mysql = new MysqlServer(cluster);
    this.#sweeper = setInterval(() => this.#sweep(), 1000);
    this.#sweeper.unref();
  }

  static async start(options: EmulatorOptions): Promise<Emulator> {
    const settings = toSettings(options);
    const emulator = new Emulator(new Cluster(settings, await Storage.open()));
    try {
      await emulator.#listen(settings);
      return emulator;
    } catch (error) {
      await emulator.close();
      throw error;
    }
  }

  /** `http://host:port` of the FE leader. */
  get feUrl(): string {
    return this.#leader.listener.url;
  }

  get feHostPort(): string {
    return this.#leader.listener.hostPort;
  }

  /** `http://host:port` of every FE, the first leader first. */
  get feUrls(): string[] {
    return this.#frontends.map(({ listener }) => listener.url);
  }

  get beUrls(): string[] {
    return this.#backends.map(({ listener }) => listener.url);
  }

  get queryPort(): number {
    return this.#mysql.port;
  }

  get controlUrl(): string | undefined {
    return this.#control?.url;
  }

  /** Runs SQL as root and returns the rows of the last statement. */
  query(sql: string): Promise<QueryRow[]> {
    return runQuery(this.#cluster, sql);
  }

  stats(): StatsSnapshot {
    const { stats, transactions } = this.#cluster;
    const states: Record<string, number> = {};
    for (const { status } of transactions.all()) states[status] = (states[status] ?? 0) + 1;
    const listeners = [...this.#frontends, ...this.#backends].map(({ listener }) => listener.openConnections);
    return {
      loads: { ...stats.loads },
      rowsLoaded: stats.rowsLoaded,
      bytesReceived: stats.bytesReceived,
      openConnections: listeners.reduce((sum, open) => sum + open, 0),
      openTransactions: (states['PREPARE'] ?? 0) + (states['PREPARED'] ?? 0),
      transactions: states,
    };
  }

  /** Takes nodes down: ports closed, connections reset, what BEs had not prepared lost. */
  async stop(nodes: Nodes = 'all'): Promise<void> {
    // What an FE remembers of coordinators is not on disk.
    for (const { coordinators } of this.#fes(nodes)) coordinators.clear();
    await Promise.all([
      ...this.#fes(nodes).map(({ listener }) => listener.stop()),
      ...this.#bes(nodes).map((be) => be.stop()),
    ]);
  }

  /** Brings nodes back on the ports they had. */
  async start(nodes: Nodes = 'all'): Promise<void> {
    await Promise.all([
      ...this.#fes(nodes).map(({ listener }) => listener.start()),
      ...this.#bes(nodes).map((be) => be.start()),
    ]);
  }

  /** BEs (or FEs) that accept connections, read, and never answer, until `hang(nodes, false)`. Their old requests stay unanswered. */
  hang(nodes: Nodes = 'be', on = true): void {
    for (const { listener } of [...this.#fes(nodes), ...this.#bes(nodes)]) listener.hanging = on;
  }

  /** Resets every open HTTP connection of the nodes. */
  cutConnections(nodes: Nodes = 'all'): void {
    for (const { listener } of [...this.#fes(nodes), ...this.#bes(nodes)]) listener.cut();
  }

  /** The other FE becomes the leader. The old one's connections are reset, and what it remembered of coordinators is gone. */
  moveLeader(): void {
    const { listener, coordinators } = this.#leader;
    this.#leaderIndex = (this.#leaderIndex + 1) % this.#frontends.length;
    coordinators.clear();
    listener.cut();
    this.#announceFrontends();
  }

  /** BEs in graceful shutdown: new loads are turned away. */
  shutDownGracefully(nodes: Nodes = 'be', on = true): void {
    for (const backend of this.#bes(nodes)) backend.shuttingDown = on;
  }

  /** Adds a fault and returns its id. */
  addFault(spec: FaultSpec): number {
    return this.#cluster.faults.add(parseFault(spec, this.#cluster.version));
  }

  faults(): (Fault & { readonly id: number })[] {
    return this.#cluster.faults.list();
  }

  clearFaults(id?: number): void {
    if (id === undefined) this.#cluster.faults.clear();
    else this.#cluster.faults.remove(id);
  }

  /** The next `times` requests that come to this point fail with one of StarRocks' messages, or with the given text. */
  failNext(at: FaultPoint, failure: FailureName | (string & {}), times = 1): number {
    return this.addFault({ at, fail: failure, times });
  }

  /** While held, committed loads do not become visible and answers say Publish Timeout after `timeoutMs`. */
  holdPublish({ timeoutMs = 0 }: { readonly timeoutMs?: number } = {}): void {
    this.#cluster.transactions.publisher.timeoutMs = timeoutMs;
    this.#cluster.transactions.publisher.hold();
  }

  /** Every commit becomes visible this much later; answers wait at most `timeoutMs`. */
  delayPublish(delayMs: number, timeoutMs?: number): void {
    this.#cluster.transactions.publisher.delayMs = delayMs;
    this.#cluster.transactions.publisher.timeoutMs = timeoutMs;
  }

  releasePublish(): void {
    this.#cluster.transactions.publisher.release();
  }

  /** Moves the cluster's clock; timers that fall due fire at once. */
  advanceClock(milliseconds: number): void {
    this.#cluster.clock.advance(milliseconds);
  }

  /** What StarRocks does every 30 seconds: aborts what timed out, forgets old labels. */
  sweep(): void {
    this.#cluster.transactions.sweep();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweeper);
    this.#cluster.faults.clear();
    this.#cluster.transactions.publisher.close();
    this.#cluster.schemaChanges.close();
    await Promise.all([this.#control?.close(), this.#mysql.close(), this.stop()]);
  }

  get #leader(): Frontend {
    const leader = this.#frontends[this.#leaderIndex];
    if (leader === undefined) throw new Error('an emulator has at least one FE');
    return leader;
  }

  async #listen(settings: Settings): Promise<void> {
    await this.start();
    await this.#mysql.start(settings.queryPort, settings.host);
    this.#announceFrontends();
    if (settings.controlPort === undefined) return;
    this.#control = new ControlServer(this, settings.host, settings.controlPort);
    await this.#control.start();
  }

  #announceFrontends(): void {
    const { host } = this.#cluster.settings;
    this.#cluster.frontends = this.#frontends.map(({ listener, leader }) => ({
      host,
      httpPort: listener.port,
      queryPort: this.#mysql.port,
      leader: leader() === undefined,
    }));
  }

  #fes(nodes: Nodes): readonly Frontend[] {
    return nodes === 'fe' || nodes === 'all' ? this.#frontends : [];
  }

  #bes(nodes: Nodes): readonly Backend[] {
    if (nodes === 'be' || nodes === 'all') return this.#backends;
    return typeof nodes === 'string' ? [] : this.#backends.slice(nodes.be, nodes.be + 1);
  }

  #sweep(): void {
    this.#cluster.transactions.sweepIfDue();
  }
}
