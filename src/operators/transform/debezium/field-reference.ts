import { type ConnectSchema, type ConnectValue, type Struct } from '../../../core/connect-data.ts';
import { asStruct, fieldOf, member } from '../struct.ts';

/** Where a name without a struct is looked for. */
const HOMES: Readonly<Record<string, string | undefined>> = {
  id: 'transaction',
  data_collection_order: 'transaction',
  total_order: 'transaction',
  op: undefined,
  ts_ms: undefined,
  ts_us: undefined,
  ts_ns: undefined,
  updateDescription: 'updateDescription',
};

/** An entry of `add.fields` or `add.headers`: a field of the event, such as `op`, `source.lsn` or `table:name`. */
export class FieldReference {
  readonly field: string;
  /** What the field or header is called that is added. */
  readonly name: string;
  readonly #struct: string | undefined;

  constructor(text: string, prefix: string) {
    const [path = '', renamed] = text.split(':');
    const [first = '', second] = path.split('.');
    this.field = second ?? first;
    this.#struct = second === undefined ? homeOf(first) : first;
    this.name = prefix + (renamed ?? (second === undefined ? first : `${first}_${second}`));
  }

  /** Its optional schema in events of this one; undefined when they have no such field. */
  schemaIn(event: ConnectSchema): ConnectSchema | undefined {
    const home = this.#struct === undefined ? event : fieldOf(event, this.#struct)?.schema;
    const found = (home && fieldOf(home, this.field)) ?? fieldOf(event, this.field);
    if (found === undefined) return undefined;
    const { default: _, ...schema } = found.schema;
    return { ...schema, optional: true };
  }

  /** Whether an event without schema has the field. */
  isIn(event: Struct): boolean {
    const home = this.#home(event);
    return (home !== null && Object.hasOwn(home, this.field)) || Object.hasOwn(event, this.field);
  }

  valueIn(event: Struct): ConnectValue {
    const home = this.#home(event);
    if (home === null) return null;
    return Object.hasOwn(home, this.field) ? member(home, this.field) : member(event, this.field);
  }

  #home(event: Struct): Struct | null {
    if (this.#struct === undefined) return event;
    const home = member(event, this.#struct);
    return home === null || typeof home !== 'object' ? null : asStruct(home);
  }
}

function homeOf(field: string): string | undefined {
  return Object.hasOwn(HOMES, field) ? HOMES[field] : 'source';
}
