import { type WireReader } from './wire-reader.ts';
import { type WireWriter } from './wire-writer.ts';

/** A kind of request: what it is called, which versions we speak, how it is written and its answer read. */
export interface Api<Request, Response> {
  readonly name: string;
  readonly key: number;
  readonly oldest: number;
  readonly newest: number;
  /** The first version whose parts are written in the compact form. Default: none. */
  readonly compactFrom?: number;
  write(writer: WireWriter, request: Request, version: number): void;
  read(reader: WireReader, version: number): Response;
}

/** Which versions a broker offers, by the keys of its APIs. */
export type OfferedVersions = ReadonlyMap<number, { readonly oldest: number; readonly newest: number }>;

/** Version 0 only, which every broker answers: nobody knows yet what it offers. */
export const apiVersions: Api<undefined, { readonly error: number; readonly offered: OfferedVersions }> = {
  name: 'ApiVersions',
  key: 18,
  oldest: 0,
  newest: 0,
  write: () => undefined,
  read(reader) {
    const error = reader.int16();
    const offered = reader.array(() => [reader.int16(), { oldest: reader.int16(), newest: reader.int16() }] as const);
    return { error, offered: new Map(offered) };
  },
};

/** @returns the newest version that both sides speak; undefined when there is none. */
export function commonVersion(
  { key, oldest, newest }: Pick<Api<never, unknown>, 'key' | 'oldest' | 'newest'>,
  offered: OfferedVersions,
): number | undefined {
  const range = offered.get(key);
  if (range === undefined) return undefined;
  const version = Math.min(newest, range.newest);
  return version >= Math.max(oldest, range.oldest) ? version : undefined;
}
