import { type Api } from './api.ts';

/** Which mechanism comes next. */
export const saslHandshake: Api<string, { readonly error: number; readonly mechanisms: readonly string[] }> = {
  name: 'SaslHandshake',
  key: 17,
  oldest: 1,
  newest: 1,
  write: (writer, mechanism) => void writer.string(mechanism),
  read: (reader) => ({ error: reader.int16(), mechanisms: reader.array(() => reader.string()) }),
};

/** One step of the mechanism. */
export const saslAuthenticate: Api<
  Buffer,
  { readonly error: number; readonly message: string | undefined; readonly bytes: Buffer }
> = {
  name: 'SaslAuthenticate',
  key: 36,
  oldest: 0,
  newest: 0,
  write: (writer, bytes) => void writer.bytes(bytes),
  read: (reader) => ({ error: reader.int16(), message: reader.nullableString(), bytes: reader.bytes() }),
};
