import { debeziumPart } from './debezium/part.ts';
import { kafkaPart } from './kafka/part.ts';
import type { Part } from './part.ts';
import { postgresPart } from './postgres/part.ts';
import { registryPart } from './registry/part.ts';
import { UsageError } from './support/service-error.ts';

export const parts: readonly Part[] = [kafkaPart, registryPart, postgresPart, debeziumPart];

export function partNamed(name: string): Part {
  const part = parts.find((candidate) => candidate.name === name);
  if (part !== undefined) return part;
  const known = parts.map((candidate) => candidate.name).join(', ');
  throw new UsageError(`There is no part "${name}". Known parts: ${known}.`);
}
