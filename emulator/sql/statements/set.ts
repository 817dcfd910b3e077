import { type StatementHandler } from '../context.ts';
import { ok } from '../result.ts';
import { setPassword } from './users.ts';

/** `SET a = 1, @@session.b = 'x', @c = 3, NAMES utf8`: kept for the session, and otherwise without effect. */
export const set: StatementHandler = (context, reader) => {
  if (reader.accept('PASSWORD')) return setPassword(context, reader);
  if (reader.at('NAMES') || reader.at('CHARACTER') || reader.at('TRANSACTION') || reader.at('CATALOG')) return ok();
  do {
    reader.accept('SESSION');
    reader.accept('GLOBAL');
    reader.accept('LOCAL');
    const name = reader
      .next()
      .text.replace(/^@+/, '')
      .replace(/^(session|global)\./i, '')
      .toLowerCase();
    if (!reader.accept('=') && !reader.accept(':=')) return ok();
    let value = '';
    while (!reader.done && !reader.at(',')) value += reader.next().text;
    context.variables.set(name, value);
  } while (reader.accept(','));
  return ok();
};

/** Statements whose effect nothing here depends on. */
export const accept: StatementHandler = () => ok();
