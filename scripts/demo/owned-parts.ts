import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KafkaService, startKafka } from '../../services/index.ts';
import { terminate } from '../../services/support/process-identity.ts';
import { type Say } from '../../services/support/say.ts';
import { spawnOwned } from '../../services/support/spawn-logged.ts';
import { type NodeProgram, type Parts, RunningProgram } from './parts.ts';

const STOP_GRACE_MS = 15_000;

/** Parts that end with this process at the latest, also when it is killed. */
export class OwnedParts implements Parts {
  readonly dir: string;
  readonly #say: Say;
  readonly #programs: RunningProgram[] = [];
  #kafka: KafkaService | undefined;

  private constructor(dir: string, say: Say) {
    this.dir = dir;
    this.#say = say;
  }

  static async create(say: Say): Promise<OwnedParts> {
    return new OwnedParts(await mkdtemp(join(tmpdir(), 'tributary-demo-')), say);
  }

  async startKafka(): Promise<{ readonly bootstrapServers: string }> {
    this.#kafka = await startKafka({ say: this.#say });
    return this.#kafka.endpoints;
  }

  async startProgram(program: NodeProgram): Promise<RunningProgram> {
    const running = await RunningProgram.start(program, this.dir, (command) => spawnOwned(command, this.dir));
    this.#programs.push(running);
    return running;
  }

  async stop(): Promise<void> {
    for (const { identity } of this.#programs.toReversed()) await terminate(identity, STOP_GRACE_MS);
    await this.#kafka?.stop();
    await rm(this.dir, { recursive: true, force: true });
  }
}
