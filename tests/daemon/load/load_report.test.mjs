import assert from 'node:assert/strict';
import {execFile, execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {promisify} from 'node:util';
import {launchBrowser, openPage} from '../support/browser.mjs';
import {startDaemon} from '../support/daemon.mjs';

const screenshots = process.env.ABILITY_SCREENSHOTS ?? path.join(tmpdir(), 'ability-page');
const folder = mkdtempSync(path.join(tmpdir(), 'ability-report-'));

let browser;
before(async () => { browser = await launchBrowser(); });
after(async () => {
  await browser?.close();
  rmSync(folder, {recursive: true});
});

async function openReport(t, args, options) {
  const file = path.join(folder, `${args.join('-')}.html`);
  writeFileSync(file, execFileSync(process.env.ABILITY_REPORT_SAMPLE, args, {maxBuffer: 1 << 26}));
  return openFile(t, file, options);
}

async function openFile(t, file, options) {
  const page = await openPage(t, browser, pathToFileURL(file).href, options);
  await page.waitForSelector('header[data-ready]');
  // Plots are drawn once their size is known.
  await page.waitForFunction(() => [...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('svg')));
  return page;
}

async function screenshot(t, page, name) {
  mkdirSync(screenshots, {recursive: true});
  const file = path.join(screenshots, `report-${name}.png`);
  await page.screenshot({path: file, fullPage: true});
  t.diagnostic(file);
}

/** The points of each line that is drawn, by its name, in the order of the page. */
const drawnLines = (page, id) => page.$$eval(`#${id} path.trace`, (paths) => paths.map((each) => ({
  name: each.dataset.line,
  points: [...each.getAttribute('d').matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
  box: (({width, height}) => ({width, height}))(each.closest('svg').getBoundingClientRect()),
})));

test('it shows the outcome, the figures and plots with all points, and asks nobody', async (t) => {
  const page = await openReport(t, ['60', 'passed']);
  await page.waitForText('#headline', /^Passed: 47,000,000 messages delivered, none lost, p99 \d+\.\d ms, 1,215 clients failed\.$/);
  assert.equal(await page.title(), 'fanout: load test');
  assert.match(await page.text('header'), /ws:\/\/127\.0\.0\.1:8080\/cable · .* · 60 s · 2 processes of 1 lane · AMD EPYC/);
  assert.match(await page.text('.cards'), /47,000,000delivered/);
  assert.match(await page.text('.cards'), /1Mdelivered per second/);
  assert.match(await page.text('#assertions'), /✓delivered47,000,000at least 1,000✓lost00/);
  assert.match(await page.text('#times'), /latency.*47,000,000.*ms/);
  assert.match(await page.text('#server'), /CPU per delivery601 ns/);
  const expected = {
    latency: {p50: 47, p99: 47, max: 47}, delivered: {'delivered/s': 60}, published: {'published/s': 60}, connections: {open: 60},
    'server-cpu': {cores: 60}, 'server-memory': {memory: 60}, 'server-descriptors': {open: 60}, lag: {lag: 60},
    'generator-cpu': {cores: 60},
  };
  for (const [id, lines] of Object.entries(expected)) {
    const drawn = await drawnLines(page, id);
    assert.deepEqual(drawn.map(({name}) => name), Object.keys(lines), id);
    for (const {name, points, box} of drawn) {
      // The first point of a piece is there twice.
      assert.ok(Math.abs(points.length - 1 - lines[name]) <= 1, `${id} ${name} has ${points.length} points`);
      for (const [x, y] of points) assert.ok(x >= 0 && x <= box.width && y >= 0 && y <= box.height, `${id} ${name} ${x} ${y}`);
      for (let i = 1; i < points.length; ++i) assert.ok(points[i][0] >= points[i - 1][0]);
    }
  }
  for (const {name, points} of await drawnLines(page, 'percentiles')) {
    assert.ok(points.length > 50, name);
    for (let i = 1; i < points.length; ++i) {
      assert.ok(points[i][0] >= points[i - 1][0] && points[i][1] <= points[i - 1][1], `${name} goes up to the right`);
    }
  }
  assert.deepEqual(page.complaints, []);
  assert.deepEqual(page.requested.filter((url) => !url.startsWith('data:')), [page.url()]);
  await screenshot(t, page, 'light');
});

test('points stand where their values belong', async (t) => {
  const page = await openReport(t, ['60', 'passed']);
  // By the labels of the axes: 10,000 connections from the twelfth second on, of 60.
  const {points, labels} = await page.$eval('#connections svg', (svg) => ({
    points: [...svg.querySelector('path.trace').getAttribute('d').matchAll(/L(-?[\d.]+) (-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]),
    labels: Object.fromEntries([...svg.querySelectorAll('text')].map((text) => [text.textContent, [Number(text.getAttribute('x')), Number(text.getAttribute('y'))]])),
  }));
  assert.equal(points.length, 60);
  assert.ok(Math.abs(points[59][1] - (labels['10k'][1] - 4)) < 0.2);
  assert.ok(Math.abs(points[5][1] - (labels['5k'][1] - 4)) < 0.2);
  assert.ok(Math.abs(points[59][0] - labels['60 s'][0]) < 0.2);
});

test('the pointer shows the values of all lines at a time', async (t) => {
  const page = await openReport(t, ['60', 'passed']);
  const plot = await page.$('#latency .plot');
  await plot.scrollIntoView();
  const {x, y, width, height} = await plot.boundingBox();
  await page.mouse.move(x + width * 0.57, y + height / 2);
  const tip = await page.$eval('#latency .tip', (element) => element.hidden ? null : element.textContent);
  assert.match(tip, /^3\d sp50 [\d.]+ msp99 [\d.]+ msmax [\d.]+ ms$/);
  assert.equal((await page.$$('#latency circle')).length, 3);
  await page.mouse.move(x + width * 0.57, y - 300);
  assert.equal(await page.$eval('#latency .tip', (element) => element.hidden), true);
  const curve = await (await page.$('#percentiles .plot')).boundingBox();
  await page.mouse.move(curve.x + curve.width / 2, curve.y + curve.height / 2);
  assert.match(await page.text('#percentiles .tip'), /^99\.\d+ %latency [\d.]+ ms/);
});

test('what servers and scenarios said is text, whatever it looks like', async (t) => {
  const page = await openReport(t, ['60'], {dark: true});
  await page.waitForText('#headline', /^Failed: lost is 3, which had to be 0\.$/);
  assert.equal(await page.title(), '<b id="injected">fanout</b>: load test');
  assert.equal(await page.text('h1'), '<b id="injected">fanout</b>');
  assert.match(await page.text('header'), /<script>window\.injected = true<\/script> @REPORT@/);
  assert.match(await page.text('#notes'), /^<\/script><script>window\.injected = true<\/script><img src=x/);
  assert.match(await page.text('#groups'), /refusedconnection refused1,203refusedclosed: <b>\\x1b\[31mno\\x1b\[0m<\/b>12/);
  assert.match(await page.text('#assertions'), /✗lost30/);
  assert.equal(await page.$('#injected, main b b, img'), null);
  assert.equal(await page.evaluate(() => window.injected), undefined);
  assert.deepEqual(page.complaints, []);
  const background = await page.$eval('body', (body) => getComputedStyle(body).backgroundColor);
  assert.equal(background, 'rgb(16, 18, 22)');
  await screenshot(t, page, 'dark');
});

test('nothing is cut off on a narrow screen', async (t) => {
  const page = await openReport(t, ['60'], {width: 400});
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.ok((await drawnLines(page, 'latency'))[0].box.width < 400);
  await screenshot(t, page, 'narrow');
  await page.setViewport({width: 1000, height: 800});
  await page.waitForFunction(() => document.querySelector('#delivered svg').getBoundingClientRect().width > 400);
  assert.deepEqual(page.complaints, []);
});

test('a report of nothing and one of hours are shown, too', async (t) => {
  const bare = await openReport(t, ['1', 'bare']);
  await bare.waitForText('#headline', /^Passed, as nothing was asserted: nobody was let in and nothing was delivered\.$/);
  assert.match(await bare.text('#tallies'), /delivered0lost0/);
  assert.deepEqual(bare.complaints, []);
  await screenshot(t, bare, 'bare');
  const long = await openReport(t, ['3000']);
  const [connections] = await drawnLines(long, 'connections');
  assert.ok(connections.points.length > 500 && connections.points.length <= 602);
  assert.match(await long.text('#latency'), /20 min/);
  assert.deepEqual(long.complaints, []);
  await screenshot(t, long, 'long');
});

test('a real run is shown as it was', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const scenario = path.join(folder, 'scenario.json');
  writeFileSync(scenario, JSON.stringify({
    name: 'short', about: 'Ten follow.', streams: {news: 'load/news'},
    clients: [
      {name: 'followers', count: 10, steps: [{connect: {}}, {subscribe: {to: 'news'}}, {meet: 'all are in'}]},
      {name: 'publisher', steps: [{meet: 'all are in'}, {publish: {to: 'news', rate: 20, for: '4s'}}]},
    ],
    assert: {delivered: 800, lost: 0},
  }));
  const [page, json] = ['real.html', 'real.json'].map((name) => path.join(folder, name));
  // A generator that is starved by other tests says so and ends with 3; what it counted is right all the same.
  await promisify(execFile)(process.env.ABILITYCTL, ['load', scenario, '--url', `ws://127.0.0.1:${daemon.port}/cable`,
    '--pid', String(daemon.process.pid), '--report', page, '--report', json]).catch((error) => {
    assert.equal(error.code, 3, error.stderr);
  });
  const report = JSON.parse(readFileSync(json));
  assert.equal(report.totals.delivered, 800);
  const shown = await openFile(t, page);
  assert.equal(await shown.text('#headline'), report.headline);
  assert.match(await shown.text('#tallies'), /published80delivered800lost0/);
  const lines = await drawnLines(shown, 'latency');
  assert.deepEqual(lines.map(({name}) => name), ['p50', 'p99', 'max']);
  for (const {points} of lines) assert.ok(points.length >= 4);
  for (const id of ['server-cpu', 'server-memory', 'server-descriptors']) {
    assert.ok((await drawnLines(shown, id))[0].points.length >= 4, id);
  }
  assert.deepEqual(shown.complaints, []);
  await screenshot(t, shown, 'real');
});
