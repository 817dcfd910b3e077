import type { TestProject } from 'vitest/node';
import { type KafkaEndpoints, type KafkaService, startKafka } from '../../services/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's one broker: a plaintext and a SASL_SSL listener. Tests keep apart by topic and group names. */
    kafka: SharedKafka;
  }
}

export type SharedKafka = KafkaEndpoints & Required<Pick<KafkaEndpoints, 'saslSsl'>>;

interface Shared {
  readonly service: Promise<KafkaService>;
  users: number;
}

// Each project loads this file anew, so a variable of its own would mean a broker for each.
const holder = globalThis as typeof globalThis & { tributarySharedKafka?: Shared | undefined };

/** Vitest's global set-up of the projects that need a broker. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder.tributarySharedKafka ??= { service: startKafka({ sasl: true }), users: 0 });
  shared.users++;
  const { endpoints } = await shared.service;
  if (endpoints.saslSsl === undefined) throw new Error('the shared broker has no SASL_SSL listener');
  project.provide('kafka', { ...endpoints, saslSsl: endpoints.saslSsl });

  return async () => {
    shared.users--;
    if (shared.users > 0) return;
    holder.tributarySharedKafka = undefined;
    await (await shared.service).stop();
  };
}
