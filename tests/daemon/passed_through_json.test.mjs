// Labels: hardened
// JSON that is only passed through has to be JSON by its syntax, and arrives byte for byte.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation} from './support/app_script.mjs';
import {connectCable} from './support/cable.mjs';
import {act, channel, join} from './support/channel.mjs';
import {startDaemon} from './support/daemon.mjs';
import {greetFly, startFly} from './support/fly.mjs';
import {startHttpApp} from './support/http_app.mjs';
import {startRedis} from './support/redis.mjs';

// An emoji cut in half, as `"cut 😀".slice(0, 5)` is, and what else a reader may have no value for.
const texts = ['{"text":"cut \\ud83d"}', '"\\udc00"', '["\\uD83D\\uD83D\\uDE00"]', '{"\\ud83d":1}', '[1e400,-0.0e-999]'];
const frame = (identifier, message) => `{"identifier":${JSON.stringify(identifier)},"message":${message}}`;

test('a publication arrives as it was published, at browsers and devices', async (t) => {
  const daemon = await startFly(t, ['--public', '--lanes', '2']);
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon)];
  const identifier = await browser.subscribe('s');
  await device.subscribe(1, 's');
  for (const data of texts) {
    await daemon.publish('s', data);
    assert.equal(await browser.nextText(), frame(identifier, data));
    assert.equal(await device.hear(1), data);
  }
  // In a batch, and beside a key that means nothing here.
  await daemon.post(`[${texts.map((data) => JSON.stringify({stream: 's', data, 'cut \ud83d': 'off \ud83d'}))}]`);
  for (const data of texts) assert.equal(await browser.nextText(), frame(identifier, data));
});

test('a publication by Redis arrives as it was published', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, ['--public', '--redis-url', redis.url]);
  await redis.waitForSubscriber();
  const cable = await connectCable(t, daemon);
  const identifier = await cable.subscribe('s');
  for (const data of texts) {
    await redis.publish({stream: 's', data});
    assert.equal(await cable.nextText(), frame(identifier, data));
  }
});

test('a text with half a character is no text: the answer names the key', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const answer = await daemon.post('{"stream":"s","data":"cut \\ud83d"}');
  assert.equal(answer.status, 422);
  assert.match(answer.body, /half a surrogate pair in "data"/);
});

test('what the application transmits arrives as it is, at browsers and devices', async (t) => {
  const app = await startHttpApp(t, {
    subscribe: ({body: {identifier}}) => (
      {status: 1, transmissions: [confirmation(identifier), ...texts.map((data) => frame(identifier, data))]}),
    message: ({body: {data}}) => ({status: 1, transmissions: [data]}),
  });
  const daemon = await startFly(t, ['--rpc-host', app.url, '--noauth']);
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon)];
  const identifier = await join(browser, channel('Chat', {room: 'cut \ud83d'}));
  for (const data of texts) assert.equal(await browser.nextText(), frame(identifier, data));
  act(browser, identifier, texts[0]);
  assert.equal(await browser.nextText(), texts[0]);
  await device.subscribe(1, channel());
  for (const data of texts) assert.equal(await device.hear(1), data);
});

test('half a character elsewhere in an answer does not make it unreadable', async (t) => {
  const app = await startHttpApp(t, {
    subscribe: ({body: {identifier}}) => (
      {status: 1, transmissions: [confirmation(identifier)], env: {istate: {name: 'cut \ud83d'}}, error_msg: '\udc00'}),
  });
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth']);
  const cable = await connectCable(t, daemon);
  act(cable, await join(cable));
  assert.deepEqual((await app.next('message')).body.env.istate, {name: 'cut \ufffd'});
});
