import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type Locator, type Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { startChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { restAddress } from './support/rest-address.ts';
import { createScene, type Scene } from './support/scene.ts';
import { createTopic, produceValues } from './support/topic.ts';

const COLUMNS = 'id BIGINT NOT NULL, city VARCHAR(5), origin STRING';
/** A folder for pictures of the page; none are taken without it. */
const PICTURES = process.env['TRIBUTARY_PICTURES'];

/** How the page is looked at. */
const looks = {
  light: { viewport: { width: 1_280, height: 860 }, colorScheme: 'light' },
  dark: { viewport: { width: 1_280, height: 860 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 760 }, colorScheme: 'light' },
} as const;

/** The dashboard in a browser, and all that the browser had to say against it. */
class Dashboard {
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly hosts = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).origin));
  }

  static async open(browser: Browser, address: string, look: keyof typeof looks = 'light'): Promise<Dashboard> {
    const dashboard = new Dashboard(await browser.newPage(looks[look]));
    await dashboard.page.goto(address);
    return dashboard;
  }

  /** The card of a table. */
  card(table: string): Locator {
    return this.page.locator('.card').filter({ has: this.page.getByRole('heading', { name: table, exact: true }) });
  }

  badge(): Locator {
    return this.page.locator('.state .badge');
  }

  /** The states of the connectors in the list, as they stand there. */
  async states(): Promise<string[]> {
    return this.page.locator('nav .badge').allTextContents();
  }

  figure(name: string): Locator {
    return this.page.locator('.figures > div').filter({ hasText: name }).locator('dd').first();
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }
}

const untilText = (locator: Locator, text: string | RegExp): Promise<void> =>
  eventually(async () => expect(await locator.textContent({ timeout: 5_000 })).toMatch(text), 60_000);

const count = (value: number): string => value.toLocaleString('en-US');

const rows = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `{"id":${from + index},"city":"ok"}`);

/** Two topics of several partitions and their tables, and a connector beside theirs that cannot start. */
async function startScene(): Promise<{
  scene: Scene;
  other: string;
  address: string;
  main: ReturnType<Scene['run']>;
}> {
  const scene = await createScene({ columns: COLUMNS, partitions: 3 });
  const other = scene.topic.replace('orders', 'customers');
  await scene.starrocks.query(
    `CREATE TABLE example_db.${other} (${COLUMNS}) DUPLICATE KEY(id) DISTRIBUTED BY HASH(id)`,
  );
  await createTopic(other);
  const main = scene.run(
    await scene.connectFiles({
      worker: { listeners: 'http://127.0.0.1:0' },
      connector: {
        topics: `${scene.topic},${other}`,
        transforms: 'origin',
        'transforms.origin.type': 'org.apache.kafka.connect.transforms.InsertField$Value',
        'transforms.origin.static.field': 'origin',
        'transforms.origin.static.value': 'web',
      },
    }),
  );
  return { scene, other, main, address: await restAddress(main) };
}

async function makeBrokenConnector(address: string, name: string): Promise<void> {
  const config: unknown = await (await fetch(`${address}/connectors/${name}/config`)).json();
  const broken = { ...(config as object), name: `${name}-copy`, 'starrocks.database.name': 'nowhere' };
  const made = await fetch(`${address}/connectors`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${name}-copy`, config: broken }),
  });
  expect(made.status).toBe(201);
}

/** Takes pictures of the page while rows go into the table that is well, after 400. Returns how many. */
async function takePictures(browser: Browser, address: string, topic: string): Promise<number> {
  if (PICTURES === undefined) return 0;
  await mkdir(PICTURES, { recursive: true });
  let produced = 0;
  for (const look of ['light', 'dark', 'phone'] as const) {
    const { page } = await Dashboard.open(browser, address, look);
    for (let time = 0; time < 4; time++) {
      await produceValues(topic, rows(1_000 + produced, 2_200 + produced));
      produced += 1_200;
      await untilText(page.locator('.figures > div', { hasText: 'Loaded' }), count(400 + produced));
    }
    await page.screenshot({ path: join(PICTURES, `dashboard-${look}.png`) });
    await page.close();
  }
  return produced;
}

it('a browser sees rows flow, a table stop with StarRocks’ reason and come back, and pauses and resumes its connector', async () => {
  const { scene, other, main, address } = await startScene();
  const { topic, pipeline } = scene;
  const browser = await startChromium();
  const dashboard = await Dashboard.open(browser, address);
  const { page } = dashboard;

  await untilText(dashboard.badge(), 'Running');
  for (const partition of [0, 1, 2])
    await produceValues(topic, rows(partition * 100, partition * 100 + 100), partition);
  await produceValues(other, rows(0, 50));
  await untilText(dashboard.figure('Loaded'), '350');
  await untilText(dashboard.card(topic), /Ready.*100 rows|Ready.*rows, .* ms/);
  expect(await page.locator('tbody tr').filter({ hasText: topic }).count()).toBe(3);

  await produceValues(topic, ['{"id":300,"city":"much too long"}']);
  await untilText(dashboard.badge(), 'Table stopped');
  await untilText(page.locator('.reasons'), new RegExp(`Loading into ${topic} has stopped.*offset 100 .*too long`));
  await untilText(dashboard.card(topic), /Stopped.*It is tried again in \d+ s/);
  expect(await page.evaluate("getComputedStyle(document.querySelector('.state .badge')).color")).toBe(
    'rgb(192, 38, 45)',
  );
  await untilText(
    page.getByRole('region', { name: 'Bad records' }),
    new RegExp(`${topic} partition 0 offset 100StarRocks refuses it.*too long`),
  );
  await untilText(page.getByRole('region', { name: 'Partitions' }), 'no: its table has stopped');
  await produceValues(other, rows(50, 100));
  await untilText(dashboard.figure('Loaded'), '400');
  await untilText(dashboard.card(other), 'Ready');

  await makeBrokenConnector(address, pipeline);
  await eventually(async () => expect(await dashboard.states()).toEqual(['Failed', 'Table stopped']));
  expect(await page.getByRole('heading', { level: 2, name: pipeline, exact: true }).count()).toBe(1);
  const more = await takePictures(browser, `${address}/#/${pipeline}`, other);

  await scene.starrocks.query(`ALTER TABLE example_db.${topic} MODIFY COLUMN city VARCHAR(50)`);
  await untilText(dashboard.badge(), 'Running');
  await untilText(dashboard.figure('Loaded'), count(401 + more));

  await dashboard.press('Pause');
  await untilText(dashboard.badge(), 'Paused');
  await produceValues(other, rows(100, 120));
  // The button that was pressed has the focus still, and another word.
  expect(await page.locator(':focus').textContent()).toBe('Resume');
  await page.keyboard.press('Enter');
  await untilText(dashboard.badge(), 'Running');
  await untilText(dashboard.figure('Loaded'), count(421 + more));
  await dashboard.press('Restart');
  // What the new task has loaded: nothing.
  await untilText(dashboard.figure('Loaded'), /^0$/);
  await untilText(dashboard.badge(), 'Running');

  await dashboard.press('Check the configuration');
  await untilText(page.getByText('No mistake in'), /No mistake in \d+ settings/);
  await page.getByText('Check another configuration').click();
  await page.getByRole('textbox').fill('{"connector.class":"StarRocksSink","name":"x","topics":"a"}');
  await dashboard.press('Check this one');
  await untilText(page.getByRole('group', { name: 'Settings' }), 'starrocks.http.url');

  await page.getByRole('link', { name: `${pipeline}-copy` }).click();
  await untilText(dashboard.badge(), 'Failed');
  await untilText(page.locator('.reasons'), 'nowhere');
  expect(dashboard.complaints).toEqual([]);
  expect([...dashboard.hosts]).toEqual([address]);

  await page.setViewportSize(looks.phone.viewport);
  await page.getByRole('link', { name: pipeline }).last().click();
  await untilText(dashboard.badge(), 'Running');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);

  main.signal('SIGKILL');
  await untilText(
    page.getByRole('alert').first(),
    /The server does not answer\. What is shown here is from \d\d:\d\d:\d\d/,
  );
}, 240_000);
