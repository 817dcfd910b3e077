import { range } from 'rxjs';
import { expect, it } from 'vitest';
import { waitFor } from '../../../src/operators/wait-for.ts';
import { emitted } from '../../support/through.ts';

it('holds any number of envelopes behind one that waits, and lets them go in their order', async () => {
  const needed = Promise.resolve();
  const passed = range(0, 10_000).pipe(waitFor((batch) => (batch === 0 ? [needed] : [])));
  expect(await emitted(passed)).toEqual(Array.from({ length: 10_000 }, (_, batch) => batch));
});
