// A pipeline file that holds operators: node dist/main.js examples/operators.js
// It loads what examples/pipeline.yaml loads, without Chicago, and with the names of cities in capitals.
import { filter, map, pipe } from 'rxjs';
import { liftRecords } from 'tributary';

const operator = liftRecords(
  pipe(
    filter(({ value }) => value.city !== 'Chicago'),
    map((record) => ({ ...record, value: { ...record.value, city: record.value.city.toUpperCase() } })),
  ),
);

export default {
  name: 'capitals',
  kafka: { brokers: ['127.0.0.1:9092'], topics: ['test'] },
  starrocks: {
    urls: ['http://127.0.0.1:8030'],
    database: 'example_db',
    username: 'user1',
    password: '123456',
    tables: { test: 'test_tbl' },
  },
  transforms: [operator],
};
