/** What protobufjs decodes of google.protobuf.Value: one of its properties is there. */
interface ValueMessage {
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly structValue?: StructMessage;
  readonly listValue?: ListMessage;
}

interface StructMessage {
  readonly fields: Readonly<Record<string, ValueMessage>>;
}

interface ListMessage {
  readonly values: readonly ValueMessage[];
}

/** The types with which Protobuf carries any JSON, and how the JSON is got out of them. */
export const JSON_MESSAGES: ReadonlyMap<string, (message: unknown) => unknown> = new Map([
  ['.google.protobuf.Struct', (message) => structJson(message as StructMessage)],
  ['.google.protobuf.Value', (message) => valueJson(message as ValueMessage)],
  ['.google.protobuf.ListValue', (message) => listJson(message as ListMessage)],
]);

function structJson({ fields }: StructMessage): unknown {
  return new Map(Object.entries(fields).map(([name, value]) => [name, valueJson(value)]));
}

function listJson({ values }: ListMessage): unknown {
  return values.map(valueJson);
}

/** Properties that are not set have defaults in the prototype, so only its own count. */
function valueJson(value: ValueMessage): unknown {
  if (Object.hasOwn(value, 'numberValue')) return value.numberValue;
  if (Object.hasOwn(value, 'stringValue')) return value.stringValue;
  if (Object.hasOwn(value, 'boolValue')) return value.boolValue;
  if (value.structValue && Object.hasOwn(value, 'structValue')) return structJson(value.structValue);
  if (value.listValue && Object.hasOwn(value, 'listValue')) return listJson(value.listValue);
  return null;
}
