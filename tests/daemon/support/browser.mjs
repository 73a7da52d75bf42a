import puppeteer from 'puppeteer-core';
import {defer} from './cleanup.mjs';
import {eventually, patience} from './deadline.mjs';

/** Chromium as Debian has it. A machine without a way out needs the flags that keep it from looking for one. */
export function launchBrowser() {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    pipe: true,
    timeout: patience * 3,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
}

/** A fresh page that keeps account of what it asks for and complains about. */
export async function openPage(t, browser, url, {width = 1100, height = 800, dark = false} = {}) {
  const context = await browser.createBrowserContext();
  defer(t, () => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  await page.setViewport({width, height});
  await page.emulateMediaFeatures([{name: 'prefers-color-scheme', value: dark ? 'dark' : 'light'}]);
  page.requested = [];
  page.complaints = [];
  page.on('request', (request) => page.requested.push(request.url()));
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (line) => {
    if (['error', 'warn'].includes(line.type())) page.complaints.push(line.text());
  });
  page.text = (selector) => page.$eval(selector, (element) => element.textContent);
  page.waitForText = (selector, pattern) => {
    let last;
    return eventually(`${selector} to be like ${pattern}`, async () => {
      last = await page.$$eval(selector, (elements) => elements.map((element) => element.textContent).join('\n'));
      return pattern.test(last);
    }, {detail: () => `it is: ${last}`});
  };
  page.fill = async (selector, text) => {
    await page.$eval(selector, (element) => { element.value = ''; });
    await page.type(selector, text);
  };
  // What came over the page's WebSockets, frame by frame.
  page.cableFrames = [];
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  session.on('Network.webSocketFrameReceived', ({response}) => page.cableFrames.push(response.payloadData));
  page.response = await page.goto(url, {waitUntil: 'load'});
  return page;
}
