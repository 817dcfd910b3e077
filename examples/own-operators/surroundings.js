// What the pipeline beside this file needs to be tried: writes 1,000 orders to the topic `orders`, each of them twice, and
// then answers at http://127.0.0.1:8040/customers/7 who customer 7 is, until Ctrl-C.
//   node examples/own-operators/surroundings.js
import { createServer } from 'node:http';
import kafkajs from 'kafkajs';

const ORDERS = 1_000;
const CITIES = ['New York', 'Los Angeles', 'Chicago', 'Hangzhou', 'São Paulo'];

const kafka = new kafkajs.Kafka({ brokers: ['127.0.0.1:9092'], logLevel: kafkajs.logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'orders', numPartitions: 4 }] });
await admin.disconnect();
await producer.connect();
const orders = Array.from({ length: ORDERS }, (_, index) => {
  const customer = index % 50;
  const lines = [
    { sku: 'apple', amount: 1 + (index % 3) },
    { sku: 'pear', amount: 2 },
  ];
  const order = { order_id: index + 1, customer, email: `customer${customer}@example.org`, lines };
  return { key: String(order.order_id), value: JSON.stringify(order) };
});
for (let time = 0; time < 2; time++) await producer.send({ topic: 'orders', messages: orders });
await producer.disconnect();
process.stdout.write(`Wrote ${ORDERS} orders, each of them twice.\n`);

const server = createServer(({ url = '' }, response) => {
  const id = Number(/^\/customers\/(\d+)$/.exec(url)?.[1]);
  if (Number.isNaN(id)) response.writeHead(404).end();
  else response.end(JSON.stringify({ name: `Customer ${id}`, city: CITIES[id % CITIES.length] }));
});
server.listen(8040, '127.0.0.1', () =>
  process.stdout.write('Customers are known at http://127.0.0.1:8040/customers/7\n'),
);
