import { type Findings, key, quote } from '../findings.ts';
import { type ConnectFiles, type Entry, list } from './entries.ts';

/**
 * Settings whose meaning comes with later versions. Passing over them would load other rows than Kafka Connect would, or
 * lose some, so they are refused, each with what to do until then.
 */
export function refuseWhatIsNotThereYet({ worker, connector }: ConnectFiles, findings: Findings): void {
  refuseSecretReferences(
    worker.entries.get('config.providers'),
    [...worker.entries.values(), ...connector.entries.values()],
    findings,
  );
}

/** `${file:…}` would otherwise be taken for the password itself. A provider that is not listed is no provider in Connect either. */
function refuseSecretReferences(providers: Entry | undefined, entries: readonly Entry[], findings: Findings): void {
  const active = providers === undefined ? [] : list(providers.value);
  for (const found of entries) {
    for (const [, provider = ''] of found.value.matchAll(/\$\{([^}:]*):[^}]*\}/g)) {
      if (!active.includes(provider)) continue;
      findings.problems.push(
        `${key(found.key)} (${found.place}) takes its value from the config provider ${quote(provider)}, but config providers come with a later version.`,
      );
    }
  }
}
