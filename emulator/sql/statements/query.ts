import { type StatementHandler } from '../context.ts';
import { loadInformationSchema } from '../information-schema.ts';
import { select } from '../select.ts';
import { nameColumns } from '../select-names.ts';
import { translate } from '../translate.ts';

export const query: StatementHandler = async (context, _reader, { text, tokens }) => {
  await loadInformationSchema(context, tokens);
  const result = await select(context.connection, translate(text, tokens, context.translateContext));
  return { ...result, columns: nameColumns(result.columns, text, tokens) };
};
