import { z } from 'zod';
import { type RestartPlan } from '../connectors.ts';
import { type TargetState } from '../task-runner.ts';

/** What a record of the config topic says; undefined where it takes it back. */
export type ConfigRecord =
  | { readonly kind: 'config'; readonly name: string; readonly config: ReadonlyMap<string, string> | undefined }
  | { readonly kind: 'target'; readonly name: string; readonly target: TargetState | undefined }
  | { readonly kind: 'tasks'; readonly name: string; readonly count: number }
  | {
      readonly kind: 'restart';
      readonly name: string;
      readonly plan: RestartPlan;
      /** Only this task; Kafka Connect's own requests have none. */
      readonly task: number | undefined;
    }
  | { readonly kind: 'level'; readonly namespace: string; readonly level: string }
  /** For others: tasks' configurations, session keys, and whatever a later version writes. */
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A record as it is written. */
export interface Written {
  readonly key: string;
  /** Undefined takes the key away. */
  readonly value: string | undefined;
}

const prefixes = {
  config: 'connector-',
  target: 'target-state-',
  tasks: 'commit-',
  restart: 'restart-connector-',
  level: 'logger-cluster-',
} as const;

// What Kafka Connect writes with its JsonConverter, without schemas.
const configValue = z.object({ properties: z.record(z.string(), z.string().nullable()) });
const tasksValue = z.object({ tasks: z.int().min(0) });
const restartValue = z.object({
  'include-tasks': z.boolean(),
  'only-failed': z.boolean(),
  task: z.int().min(0).optional(),
});
const levelValue = z.object({ level: z.string() });
const targetValue = z.object({
  state: z.enum(['STARTED', 'PAUSED']),
  // Since 3.5, which has a state that older workers do not know.
  'state.v2': z.enum(['STARTED', 'PAUSED', 'STOPPED']).nullish(),
});

/** Reads a record of the config topic, whoever wrote it. */
export function readConfigRecord({ key, value }: Written): ConfigRecord {
  const kind = (['config', 'target', 'tasks', 'restart', 'level'] as const).find((one) =>
    key.startsWith(prefixes[one]),
  );
  if (kind === undefined) return { kind: 'other' };
  const name = key.slice(prefixes[kind].length);
  if (value === undefined) return withdrawn(kind, name);
  try {
    return readValue(kind, name, JSON.parse(value));
  } catch (error) {
    return { kind: 'unreadable', reason: error instanceof z.ZodError ? z.prettifyError(error) : 'it is not JSON' };
  }
}

function withdrawn(kind: keyof typeof prefixes, name: string): ConfigRecord {
  if (kind === 'config') return { kind, name, config: undefined };
  if (kind === 'target') return { kind, name, target: undefined };
  return kind === 'tasks' ? { kind, name, count: 0 } : { kind: 'other' };
}

function readValue(kind: keyof typeof prefixes, name: string, value: unknown): ConfigRecord {
  switch (kind) {
    case 'config': {
      const { properties } = configValue.parse(value);
      const given = Object.entries(properties).flatMap(([key, text]) => (text === null ? [] : [[key, text] as const]));
      return { kind, name, config: new Map(given) };
    }
    case 'target': {
      const { state, 'state.v2': newer } = targetValue.parse(value);
      const target = newer ?? state;
      return { kind, name, target: target === 'STARTED' ? 'RUNNING' : target };
    }
    case 'tasks':
      return { kind, name, count: tasksValue.parse(value).tasks };
    case 'restart': {
      const { 'include-tasks': includeTasks, 'only-failed': onlyFailed, task } = restartValue.parse(value);
      return { kind, name, plan: { includeTasks, onlyFailed }, task };
    }
    case 'level':
      return { kind, namespace: name, level: levelValue.parse(value).level };
  }
}

export function configRecord(name: string, config: ReadonlyMap<string, string> | undefined): Written {
  const value = config && JSON.stringify({ properties: Object.fromEntries(config) });
  return { key: prefixes.config + name, value };
}

export function targetRecord(name: string, target: TargetState | undefined): Written {
  const state = target === 'RUNNING' ? 'STARTED' : target;
  return {
    key: prefixes.target + name,
    // Workers before 3.5 read the first one, and know no STOPPED.
    value: state && JSON.stringify({ state: state === 'STOPPED' ? 'PAUSED' : state, 'state.v2': state }),
  };
}

export function tasksRecord(name: string, count: number): Written {
  return { key: prefixes.tasks + name, value: JSON.stringify({ tasks: count }) };
}

export function restartRecord(name: string, { includeTasks, onlyFailed }: RestartPlan, task?: number): Written {
  const value = { 'include-tasks': includeTasks, 'only-failed': onlyFailed, ...(task !== undefined && { task }) };
  return { key: prefixes.restart + name, value: JSON.stringify(value) };
}

export function levelRecord(namespace: string, level: string): Written {
  return { key: prefixes.level + namespace, value: JSON.stringify({ level }) };
}
