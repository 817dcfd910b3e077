import { isRecord } from './is-record.ts';

/** What https://standardschema.dev has of a schema: how zod, valibot, arktype and others validate for those who don't know them. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  };
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema makes of a value, or what is wrong with the value, and where in it. */
export type Validated =
  | { readonly isValid: true; readonly value: unknown }
  | {
      readonly isValid: false;
      readonly faults: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
    };

/** Whether something is such a schema; libraries have functions for it as well as objects. */
export function isStandardSchema(given: unknown): given is StandardSchema {
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) return false;
  if (!('~standard' in given)) return false;
  const standard = given['~standard'];
  return isRecord(standard) && standard['version'] === 1 && typeof standard['validate'] === 'function';
}

export async function validate(schema: StandardSchema, given: unknown): Promise<Validated> {
  const result = await schema['~standard'].validate(given);
  if (result.issues === undefined) return { isValid: true, value: result.value };
  const faults = result.issues.map(({ path = [], message }) => ({
    path: path.map((step) => (typeof step === 'object' ? step.key : step)),
    message,
  }));
  return { isValid: false, faults };
}
