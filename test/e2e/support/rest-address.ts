import { eventually } from '../../support/eventually.ts';
import { type MainProcess } from './main-process.ts';

/** Where a process serves its REST API, once it does: `http://host:port`. */
export async function restAddress(main: MainProcess): Promise<string> {
  const line = await eventually(() => {
    const [served] = main.logged('The REST API is served at');
    if (!served) throw new Error(`not yet served: ${main.stderr}`);
    return served;
  });
  return (line['addresses'] as string[])[0] ?? '';
}
