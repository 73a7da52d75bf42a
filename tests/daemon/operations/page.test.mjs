import assert from 'node:assert/strict';
import {mkdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {launchBrowser, openPage} from '../support/browser.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {keepAlive, request} from '../support/http.mjs';

const screenshots = process.env.ABILITY_SCREENSHOTS ?? path.join(tmpdir(), 'ability-page');

let browser;
before(async () => { browser = await launchBrowser(); });
after(async () => { await browser?.close(); });

async function connectedPage(t, daemon, options) {
  const page = await openPage(t, browser, daemon.url, options);
  await page.waitForText('#state', /^Connected$/);
  return page;
}

async function subscribe(page, stream) {
  await page.fill('#subscribe-stream', stream);
  await page.click('#subscribe button');
  await page.waitForText(`#streams [aria-label="Leave ${stream}"]`, /Leave/);
  await page.waitForText('#streams', new RegExp(`${stream}\\d+ received`));
}

async function publish(page, stream, data) {
  await page.fill('#publish-stream', stream);
  await page.fill('#publish-data', data);
  await page.click('#publish button');
}

async function screenshot(t, page, name) {
  mkdirSync(screenshots, {recursive: true});
  const file = path.join(screenshots, `${name}.png`);
  await page.screenshot({path: file, fullPage: true});
  t.diagnostic(file);
}

test('the page subscribes, publishes by its form, and shows what it and others publish', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  await publish(page, 'demo', '{"from":"the form"}');
  await page.waitForText('#outcome', /^Published\.$/);
  await page.waitForText('#messages .body', /^\{"from":"the form"\}$/);
  await page.waitForText('#latency', /^\d+(\.\d)? ms$/);
  await daemon.publish('demo', '{"b":1,"a":12345678901234567890}');
  await page.waitForText('#messages li:first-child .body', /^\{"b":1,"a":12345678901234567890\}$/);
  await page.waitForText('#streams', /demo2 received/);
  await page.waitForText('#total', /^2$/);
  assert.deepEqual(page.complaints, []);
});

test('it follows several streams, and leaves them', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'none']);  // else streams that nobody follows stay
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'one');
  await subscribe(page, 'two');
  await daemon.publish('one', '"to one"');
  await daemon.publish('two', '"to two"');
  await page.waitForText('#messages .tag', /one/);
  await page.waitForText('#messages .tag', /two/);
  await page.click('[aria-label="Leave one"]');
  await daemon.waitForMetric('ability_broadcast_streams_num', 1);
  await daemon.publish('one', '"unheard"');
  await daemon.publish('two', '"the last"');
  await page.waitForText('#messages li:first-child .body', /the last/);
  assert.doesNotMatch(await page.text('#messages'), /unheard/);
});

test('what is published is text, whatever it looks like', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  const stream = '<b id="injected">x</b>';
  await page.fill('#subscribe-stream', stream);
  await page.click('#subscribe button');
  await page.waitForText('#streams', /0 received/);
  await daemon.publish(stream, '<img src="/nothing" onerror="window.injected = true"><script>window.injected = true</script>');
  await page.waitForText('#messages .body', /^"<img src=\\"\/nothing\\"/);
  assert.equal(await page.$('#injected'), null);
  assert.equal(await page.$('#messages img'), null);
  assert.equal(await page.evaluate(() => window.injected), undefined);
});

test('it asks nobody but its daemon, and a policy sees to that', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  await publish(page, 'demo', 'hello');
  await page.waitForText('#messages .body', /^"hello"$/);
  for (const url of page.requested) assert.ok(url.startsWith(`${daemon.url}/`) || url.startsWith('data:'), url);
  const headers = page.response.headers();
  assert.match(headers['content-type'], /^text\/html; *charset=utf-8$/i);
  assert.match(headers['content-security-policy'], /default-src 'none'/);
  const blocked = await page.evaluate(() => new Promise((resolve) => {
    document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
    document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.injected = true'}));
  }));
  assert.match(blocked, /script-src/);
  assert.equal(await page.evaluate(() => window.injected), undefined);
});

test('behind a lost connection it shows what was missed, in order and once', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--pong-timeout', '3', '--ping-interval', '1']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  await subscribe(page, 'quiet');
  await subscribe(page, 'left');
  await daemon.publish('demo', '"first"');
  await page.waitForText('#streams', /demo1 received/);
  await page.evaluate('globalThis.goOn = connect; connect = () => {}; socket.close();');
  await page.waitForText('#state', /^Disconnected/);
  await page.click('[aria-label="Leave left"]');
  for (const data of ['"a"', '{"stream_id":1,"big":12345678901234567890}', '"c"']) await daemon.publish('demo', data);
  await daemon.publish('quiet', '"only"');
  await page.evaluate('connect = goOn; connect();');
  await page.waitForText('#streams', /demo4 receivedLeavequiet1 receivedLeave$/);
  const bodies = await page.$$eval('#messages li', (items) => items
    .filter((item) => item.querySelector('.tag').textContent === 'demo').map((item) => item.querySelector('.body').textContent));
  assert.deepEqual(bodies, ['"c"', '{"stream_id":1,"big":12345678901234567890}', '"a"', '"first"']);
  assert.equal(await daemon.metric('ability_sessions_restored_total'), 1);
  await daemon.publish('left', '"unheard"');
  await daemon.publish('demo', '"live"');
  await page.waitForText('#messages li:first-child .body', /^"live"$/);
  // Pings are answered: it is not taken for dead.
  const pings = () => page.cableFrames.filter((text) => text.includes('"ping"')).length;
  const before = pings();
  await eventually('four pings', () => pings() >= before + 4);
  assert.equal(await daemon.metric('ability_disconnected_silent_clients_total'), 0);
  assert.doesNotMatch(await page.text('#messages'), /unheard/);
  assert.deepEqual(page.complaints, []);
});

test('the daemon killed and back: the page connects and subscribes again by itself', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  await daemon.crash();
  await page.waitForText('#state', /^(Disconnected|Connecting)/);
  const next = await startDaemon(t, ['--public'], {port: daemon.port});
  await page.waitForText('#state', /^Connected$/);
  await next.waitForMetric('ability_broadcast_streams_num', 1);
  await next.publish('demo', '"back"');
  await page.waitForText('#messages .body', /^"back"$/);
  await page.waitForText('#streams', /demo1 received, some may be missed/);
});

test('a restart that was announced is shown with its reason', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await daemon.stop();
  await page.waitForText('#state', /restarting/);
  await screenshot(t, page, 'disconnected');
  await startDaemon(t, ['--public'], {port: daemon.port});
  await page.waitForText('#state', /^Connected$/);
});

test('closed for good it stays closed, says why, and connects when asked to', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  const {sid} = JSON.parse(page.cableFrames.find((text) => text.includes('"welcome"')));
  await daemon.post({command: 'disconnect', payload: {identifier: JSON.stringify({sid}), reconnect: false}});
  await page.waitForText('#state', /^Closed: closed by a remote command$/);
  await page.click('#again');
  await page.waitForText('#state', /^Connected$/);
});

test('a publication that is refused is told with the daemon\'s own words', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broadcast-key', 'k-123']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  await publish(page, 'demo', '1');
  await page.waitForText('#outcome', /^Refused \(401\)/);
  await page.click('summary');
  await page.type('#publish-key', 'k-123');
  await publish(page, 'demo', '2');
  await page.waitForText('#outcome', /^Published\.$/);
  await page.waitForText('#messages .body', /^2$/);
  await daemon.crash();
  await page.waitForText('#state', /^(Disconnected|Connecting)/);
  await page.click('#publish button');
  await page.waitForText('#outcome', /cannot be reached/);
});

test('ten thousand messages are counted, and the last 200 shown', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  const agent = keepAlive(t);
  for (let at = 0; at < 10_000; at += 1_000) {
    const batch = Array.from({length: 1_000}, (_, more) => ({stream: 'demo', data: String(at + more)}));
    assert.equal((await daemon.post(batch, {agent})).status, 201);
  }
  await page.waitForText('#total', /^10,000$/);
  await page.waitForText('#messages li:first-child .body', /^9999$/);
  assert.equal(await page.$$eval('#messages li', (items) => items.length), 200);
  await page.click('#clear');
  assert.equal(await page.$$eval('#messages li', (items) => items.length), 0);
  await page.click('#pause');
  await daemon.publish('demo', '"unseen"');
  await page.waitForText('#total', /^10,001$/);
  await page.click('#pause');
  await daemon.publish('demo', '"seen"');
  await page.waitForText('#messages .body', /^"seen"$/);
});

test('the plot shows the rate', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  const inked = () => page.$eval('#plot', (canvas) => {
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const [red, green, blue] = [0x2f, 0x5f, 0xd0];
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at] === red && data[at + 1] === green && data[at + 2] === blue && data[at + 3] === 255) count += 1;
    }
    return count;
  });
  assert.equal(await inked(), 0);
  const agent = keepAlive(t);
  await eventually('bars', async () => {
    await daemon.publish('demo', '1', {agent});
    return (await inked()) > 30;
  });
  await page.waitForText('#peak', /^[1-9]/);
  const label = await page.$eval('#plot', (canvas) => canvas.getAttribute('aria-label'));
  assert.match(label, /at most [1-9]/);
});

test('every control has a name', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const page = await connectedPage(t, daemon);
  await subscribe(page, 'demo');
  const nameless = await page.$$eval('input, textarea, button, [role]', (elements) => elements.filter((element) => {
    const labelled = element.labels?.length > 0 || element.getAttribute('aria-label')
      || element.getAttribute('aria-labelledby') || element.textContent.trim();
    return !labelled && element.getAttribute('role') !== 'status';
  }).map((element) => element.outerHTML));
  assert.deepEqual(nameless, []);
});

for (const [name, options] of Object.entries({
  'wide-light': {width: 1100, height: 800},
  'wide-dark': {width: 1100, height: 800, dark: true},
  'narrow-light': {width: 360, height: 700},
  'narrow-dark': {width: 360, height: 700, dark: true},
})) {
  test(`it fits its window: ${name}`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const page = await connectedPage(t, daemon, options);
    await screenshot(t, page, `${name}-empty`);
    await subscribe(page, 'demo');
    await subscribe(page, 'a-stream-with-quite-a-long-name-for-a-narrow-window');
    await publish(page, 'demo', `{"long": "${'word'.repeat(40)}"}`);
    await publish(page, 'demo', '{"hello": "world"}');
    for (let at = 0; at < 12; at += 1) await daemon.publish('demo', JSON.stringify({at, note: 'from the other side'}));
    await page.waitForText('#total', /^14$/);
    await page.waitForText('#rate', /^[1-9]/);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    const escaping = await page.$$eval('section *', (elements) => elements.filter((element) => {
      const inner = element.getBoundingClientRect();
      const outer = element.closest('section').getBoundingClientRect();
      return inner.width > 0 && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
    }).map((element) => element.outerHTML.slice(0, 200)));
    assert.deepEqual(escaping, []);
    await screenshot(t, page, name);
  });
}

test('without --public there is no page', async (t) => {
  const daemon = await startDaemon(t);
  assert.equal((await request(`${daemon.url}/`)).status, 404);
});
