import { Catalog } from './catalog/catalog.ts';
import { Users } from './catalog/users.ts';
import { Clock } from './clock.ts';
import { FaultRegistry } from './faults/fault-registry.ts';
import { type Limits } from './limits.ts';
import { SchemaChanges } from './schema-change/schema-changes.ts';
import { type Settings } from './settings.ts';
import { Stats } from './stats.ts';
import { type Storage } from './storage/storage.ts';
import { TransactionManager } from './transactions/transaction-manager.ts';
import { type StarRocksVersion } from './version.ts';

/** An address under which clients reach a BE. */
export interface BackendAddress {
  readonly id: number;
  readonly hostPort: string;
  readonly alive: boolean;
}

export interface FrontendAddress {
  readonly host: string;
  readonly httpPort: number;
  readonly queryPort: number;
  readonly leader: boolean;
}

/** What all nodes of the emulated cluster share. */
export class Cluster {
  readonly settings: Settings;
  readonly version: StarRocksVersion;
  readonly limits: Limits;
  readonly storage: Storage;
  readonly clock = new Clock();
  readonly catalog = new Catalog();
  readonly users = new Users();
  readonly faults = new FaultRegistry();
  readonly stats = new Stats();
  readonly transactions: TransactionManager;
  readonly schemaChanges: SchemaChanges;
  /** Set when the BEs listen. */
  backends: readonly BackendAddress[] = [];
  frontends: readonly FrontendAddress[] = [];

  constructor(settings: Settings, storage: Storage) {
    this.settings = settings;
    this.version = settings.version;
    this.limits = settings.limits;
    this.storage = storage;
    this.transactions = new TransactionManager(this.clock, settings.limits);
    this.schemaChanges = new SchemaChanges(this);
    this.users.create('root', settings.rootPassword, true);
    for (const { name, password } of settings.users) {
      this.users.create(name, password);
      this.users.grantInsert(name, '*', '*');
    }
  }

  /** `SELECT current_version()` */
  get versionText(): string {
    return `${this.version.text} emulated`;
  }
}
