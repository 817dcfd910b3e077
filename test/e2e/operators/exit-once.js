// An operator that ends its process at a record, as one of a user may; once, for which it leaves a file.
import { closeSync, existsSync, openSync } from 'node:fs';
import { map } from 'rxjs';

export default ({ city, file }) =>
  map((record) => {
    if (record.value.city === city && !existsSync(file)) {
      closeSync(openSync(file, 'w'));
      process.exit(7);
    }
    return record;
  });
