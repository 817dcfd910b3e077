/** Kafka's types of settings, as its REST API names them. */
export type ConfigType = 'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD';

/** One setting of a plugin, as Kafka Connect's REST API describes it; the names are those of its JSON. */
export interface ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  readonly required: boolean;
  readonly default_value: string | null;
  readonly importance: 'HIGH' | 'MEDIUM' | 'LOW';
  readonly documentation: string;
  readonly group: string | null;
  readonly width: 'NONE' | 'SHORT' | 'MEDIUM' | 'LONG';
  readonly display_name: string;
  readonly dependents: readonly string[];
  readonly order: number;
}

/** What a value has to fulfil beyond its type. */
export interface ValueLimits {
  readonly min?: number;
  readonly max?: number;
  readonly oneOf?: readonly string[];
}

/** A setting together with what its values may be. */
export interface Definition {
  readonly key: ConfigKey;
  readonly limits: ValueLimits;
}
