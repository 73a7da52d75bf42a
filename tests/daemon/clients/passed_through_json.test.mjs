// Labels: hardened
// JSON that is only passed through has to be JSON by its syntax, and arrives byte for byte.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation} from '../support/app_script.mjs';
import {connectCable} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {code, errorOf, flag, greetFly, startFly} from '../support/fly.mjs';
import {linkCommand, startGateway} from '../support/fly_backend.mjs';
import {startHttpApp, text} from '../support/http_app.mjs';
import {startRedis} from '../support/redis.mjs';

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

// Bodies of publications by each entrance, and what browsers and devices get of them.
const halves = [
  ['{"stream":"s","data":"cut \\ud83d"}', '"cut \\ud83d"'],
  ['{"stream":"s","data":"{\\"text\\":\\"cut \\ud83d\\"}"}', '{"text":"cut \\ud83d"}'],
];
const nested = (depth, within = '') => '['.repeat(depth) + within + ']'.repeat(depth);
const tooDeep = JSON.stringify({stream: 's', data: nested(129, '{"a":1e400}')});
const noJson = '['.repeat(129);  // only begins as it does
const deepest = nested(128);

test('a text is passed by HTTP, Redis and a backend with half a character, and not as JSON nested too deep', async (t) => {
  const redis = await startRedis(t);
  const {daemon, link} = await startGateway(t, {}, ['--public', '--redis-url', redis.url]);
  await redis.waitForSubscriber();
  const browser = await connectCable(t, daemon);
  const identifier = await browser.subscribe('s');
  const ways = [
    [(body) => daemon.post(body), async (answer) => {
      assert.equal((await answer).status, 422);
      return (await answer).body;
    }],
    [(body) => redis.publish(body), async () => { await daemon.waitForMetric('ability_failed_broadcast_msg_total', 2); }],
    [(body) => link.publish(body), async (sequence) => {
      const refusal = errorOf(await link.expect({flag: flag.error, command: linkCommand.publish, sequence}));
      assert.equal(refusal.code, code.badPayload);
      return refusal.text;
    }],
  ];
  for (const [publish, refusal] of ways) {
    for (const [body, message] of halves) {
      await publish(body);
      assert.equal(await browser.nextText(), frame(identifier, message));
    }
    const said = await refusal(publish(tooDeep));
    if (said !== undefined) assert.match(said, /"data".*nested deeper than 128/);
    for (const [data, message] of [[noJson, `"${noJson}"`], [deepest, deepest]]) {
      await publish(JSON.stringify({stream: 's', data}));
      assert.equal(await browser.nextText(), frame(identifier, message));
    }
  }
  assert.equal(await daemon.metric('ability_failed_broadcast_msg_total'), 3);
});

test('a message of a device is refused by name as JSON nested too deep, and passes as a text that is none', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const [browser, device] = [await connectCable(t, daemon), await greetFly(t, daemon)];
  const identifier = await browser.subscribe('s');
  await device.subscribe(1, 's');
  device.send(flag.message, {command: 1, sequence: 7, buffer: nested(129)});
  await device.expect({flag: flag.reject, command: 1, sequence: 7, text: 'its JSON is nested deeper than 128'});
  for (const [data, message] of [[deepest, deepest], [noJson, `"${noJson}"`], ['cut \\ud83d', '"cut \\\\ud83d"']]) {
    device.send(flag.message, {command: 1, sequence: 8, buffer: data});
    assert.equal(await browser.nextText(), frame(identifier, message));
  }
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 1);
});

test('a whisper nested too deep is refused, and a message to the application with half a character passes', async (t) => {
  const app = await startHttpApp(t, {subscribe: ({body: {identifier}}) => (
    {status: 1, transmissions: [confirmation(identifier)], env: {istate: {$w: 's'}}, streams: ['s']})});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await join(from);
  await join(to);
  const say = (command, data) => (
    from.sendText(`{"command":"${command}","identifier":${JSON.stringify(identifier)},"data":${data}}`));
  say('whisper', nested(128));
  await daemon.waitForMetric('ability_failed_client_msg_total', 1);
  say('whisper', nested(127));
  assert.equal(await to.nextText(), frame(identifier, nested(127)));
  say('message', '"cut \\ud83d"');
  assert.equal((await app.next('message')).body.data, 'cut \ufffd');
});

test('what an answer holds beside is of no account, however deep it nests and whatever its numbers', async (t) => {
  const beside = nested(100_000, '1e400');
  const app = await startHttpApp(t, {
    subscribe: ({body: {identifier}}) => text(`{"x":${beside},"status":1,"y":-1e400,"transmissions":[${
      JSON.stringify(confirmation(identifier))},"[1e400]"]}`),
  });
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth']);
  const cable = await connectCable(t, daemon);
  await join(cable);
  assert.equal(await cable.nextText(), '[1e400]');
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
