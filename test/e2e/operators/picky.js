// An operator in plain JavaScript that fails for some rows, as one of a user may.
import { map } from 'rxjs';

export default ({ dislikes }) =>
  map((record) => {
    if (record.value.city === dislikes) throw new TypeError(`nobody goes to ${dislikes}`);
    return { ...record, value: { ...record.value, city: record.value.city.toUpperCase() } };
  });
