import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, pubsub} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';

const tooMany = {type: 'error', identifier: '', reason: 'too_many_commands'};

test('without a limit there is none', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 2_000; sent += 1) cable.send({command: 'ping'});
  for (let sent = 0; sent < 2_000; sent += 1) assert.deepEqual(await cable.next(), {type: 'pong'});
  assert.equal(await daemon.metric('ability_rate_limited_client_msg_total'), 0);
});

test('a second\'s worth of commands may come at once; what exceeds it is dropped, counted and told', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-commands-per-second', '20', '--debug']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 60; sent += 1) cable.send({command: 'ping'});
  const seen = {pong: 0, error: 0};
  for (let got = 0; got < 60; got += 1) {
    const message = await cable.next();
    seen[message.type] += 1;
    if (got < 20) assert.deepEqual(message, {type: 'pong'});
    if (message.type === 'error') assert.deepEqual(message, tooMany);
  }
  // Sending took a while, in which some more were allowed.
  assert.ok(seen.pong >= 20 && seen.pong < 40, JSON.stringify(seen));
  assert.equal(seen.pong + seen.error, 60);
  assert.equal(await daemon.metric('ability_rate_limited_client_msg_total'), seen.error);
  assert.equal(await daemon.metric('ability_client_msg_total'), 60);
  assert.ok((await daemon.waitForLog(/too many commands/)).includes(cable.sid));
});

test('a subscription that comes too fast is rejected, and may be tried again', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-commands-per-second', '10']);
  const cable = await connectCable(t, daemon);
  const identifiers = Array.from({length: 30}, (_, at) => pubsub(`s${at}`));
  for (const identifier of identifiers) cable.send({command: 'subscribe', identifier});
  const answers = new Map();
  for (const _ of identifiers) {
    const {type, identifier} = await cable.next();
    answers.set(identifier, type);
  }
  assert.deepEqual([...answers.keys()].sort(), [...identifiers].sort());
  assert.ok(identifiers.slice(0, 10).every((identifier) => answers.get(identifier) === 'confirm_subscription'));
  const last = identifiers.at(-1);
  assert.equal(answers.get(last), 'reject_subscription');
  const confirmed = [...answers.values()].filter((type) => type === 'confirm_subscription').length;
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), confirmed);
  await eventually('the allowance to come back', async () => {
    cable.send({command: 'subscribe', identifier: last});
    return (await cable.next()).type === 'confirm_subscription';
  }, {every: 50});
});

test('messages that come too fast do not reach the application; the limit is each connection\'s own', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--max-commands-per-second', '10']);
  const [fast, calm] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await join(fast);
  await join(calm);
  for (let sent = 0; sent < 50; sent += 1) act(fast, identifier, String(sent));
  await daemon.waitForMetric('ability_client_msg_total', 52);
  const dropped = await daemon.metric('ability_rate_limited_client_msg_total');
  assert.ok(dropped >= 30, `${dropped} dropped`);
  for (let told = 0; told < dropped; told += 1) assert.deepEqual(await fast.next(), tooMany);
  await calm.expectQuiet();
  await eventually('the others to be called', () => app.of('message').length === 50 - dropped);
  const reached = app.of('message').map(({body}) => Number(body.data));
  assert.deepEqual(reached.slice(0, 9), [0, 1, 2, 3, 4, 5, 6, 7, 8], 'one of ten was the subscription');
});

test('whispers that come too fast are dropped', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-commands-per-second', '10']);
  const [from, to] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await from.subscribe('s');
  await to.subscribe('s');
  for (let at = 0; at < 50; at += 1) from.send({command: 'whisper', identifier, data: at});
  await daemon.waitForMetric('ability_client_msg_total', 52);
  const dropped = await daemon.metric('ability_rate_limited_client_msg_total');
  assert.ok(dropped >= 30, `${dropped} dropped`);
  for (let told = 0; told < dropped; told += 1) assert.deepEqual(await from.next(), tooMany);
  const heard = [];
  for (let got = 0; got < 50 - dropped; got += 1) heard.push((await to.next()).message);
  assert.deepEqual(heard.slice(0, 9), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  await to.expectQuiet();
});

test('answers to the daemon\'s pings cost nothing', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-commands-per-second', '2']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 100; sent += 1) cable.send({command: 'pong'});
  await cable.expectQuiet();
  assert.equal(await daemon.metric('ability_rate_limited_client_msg_total'), 0);
});

test('a connection stays usable at its rate, however often it went beyond', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--max-commands-per-second', '50']);
  const cable = await connectCable(t, daemon);
  for (let sent = 0; sent < 1_000; sent += 1) cable.send({command: 'ping'});
  for (let got = 0; got < 1_000; got += 1) await cable.next();
  await eventually('a pong', async () => {
    cable.send({command: 'ping'});
    return (await cable.next()).type === 'pong';
  }, {every: 20});
  await eventually('a subscription', async () => {
    cable.send({command: 'subscribe', identifier: channel()});
    return (await cable.next()).type === 'confirm_subscription';
  }, {every: 40});
});
