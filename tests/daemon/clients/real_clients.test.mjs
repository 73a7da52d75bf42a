// Labels: hardened
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {promisify} from 'node:util';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {defer} from '../support/cleanup.mjs';
import {confirmation, gate} from '../support/app_script.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {Inbox} from '../support/inbox.mjs';
import ActionCable from '../support/rails.mjs';
import {startRedis} from '../support/redis.mjs';
import {jwt, seconds} from '../support/tokens.mjs';

const run = promisify(execFile);
const cableUrl = (daemon) => `${daemon.url.replace('http', 'ws')}/cable`;

function curl(daemon, body) {
  return run('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '-X', 'POST', `${daemon.url}/_broadcast`, '-d', body]);
}

/** A subscription by @rails/actioncable; its callbacks land in an inbox as [name, argument]. */
function railsSubscription(consumer, params) {
  const events = new Inbox();
  const note = (name) => (argument) => events.push([name, argument]);
  const subscription = consumer.subscriptions.create(params, {
    connected: note('connected'), disconnected: note('disconnected'), rejected: note('rejected'), received: note('received'),
  });
  return {events, subscription};
}

function railsConsumer(t, daemon) {
  return railsConsumerAt(t, cableUrl(daemon));
}

function railsConsumerAt(t, url) {
  const consumer = ActionCable.createConsumer(url);
  defer(t, () => {
    consumer.disconnect();
    // It may be about to open another socket, and would go on for ever.
    consumer.connection.isActive = () => true;
  });
  return consumer;
}

test('@rails/actioncable subscribes, and gets what curl publishes', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {events} = railsSubscription(railsConsumer(t, daemon), {channel: '$pubsub', stream_name: 's'});
  assert.deepEqual(await events.next('connected'), ['connected', {reconnected: false}]);
  const {stdout} = await curl(daemon, String.raw`{"stream":"s","data":"{\"a\":1}"}`);
  assert.equal(stdout, '201');
  assert.deepEqual(await events.next('received'), ['received', {a: 1}]);
});

test('@rails/actioncable is told of a rejection, and its other subscriptions go on', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const consumer = railsConsumer(t, daemon);
  const rejected = railsSubscription(consumer, {channel: 'ChatChannel', room: 1});
  const followed = railsSubscription(consumer, {channel: '$pubsub', stream_name: 's'});
  assert.deepEqual(await rejected.events.next('rejected'), ['rejected', undefined]);
  assert.equal((await followed.events.next('connected'))[0], 'connected');
  await daemon.publish('s', '"x"');
  assert.deepEqual(await followed.events.next('received'), ['received', 'x']);
  followed.subscription.unsubscribe();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('@rails/actioncable comes back after a restart, and subscribes again by itself', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '1']);
  const {events} = railsSubscription(railsConsumer(t, daemon), {channel: '$pubsub', stream_name: 's'});
  assert.equal((await events.next('connected'))[0], 'connected');
  await daemon.stop();
  assert.deepEqual(await events.next('disconnected'), ['disconnected', {willAttemptReconnect: true}]);
  const next = await startDaemon(t, ['--public', '--ping-interval', '1'], {port: daemon.port});
  for (let event = []; event[0] !== 'connected';) event = await events.next('connected again');
  await next.publish('s', '"back"');
  for (let event = []; event[1] !== 'back';) event = await events.next('the message');
});

test('@rails/actioncable stays away when it is unauthorized', async (t) => {
  const daemon = await startDaemon(t);
  const {events} = railsSubscription(railsConsumer(t, daemon), {channel: '$pubsub', stream_name: 's'});
  assert.deepEqual(await events.next('disconnected'), ['disconnected', {willAttemptReconnect: false}]);
});

const asksNoMore = (consumer) => eventually('the client to be content', () => (
  consumer.subscriptions.guarantor.pendingSubscriptions.length === 0));

test('@rails/actioncable subscribes a second time to what it has, and is content', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const consumer = railsConsumer(t, daemon);
  const params = {channel: '$pubsub', stream_name: 's'};
  const first = railsSubscription(consumer, params);
  assert.equal((await first.events.next('connected'))[0], 'connected');
  const second = railsSubscription(consumer, params);
  assert.equal((await second.events.next('connected by a second confirmation'))[0], 'connected');
  assert.equal((await first.events.next('connected, as it is the same'))[0], 'connected');
  await asksNoMore(consumer);
  assert.equal(await daemon.metric('ability_client_msg_total'), 2);
  await daemon.publish('s', '"x"');
  await daemon.publish('s', '"y"');
  for (const {events} of [first, second]) {
    for (const message of ['x', 'y']) assert.deepEqual(await events.next('received once'), ['received', message]);
  }
});

/** An application that has not decided on a subscription until `held` is open. */
async function startSlowApp(t, held, args = []) {
  const app = await startHttpApp(t, {subscribe: async ({body: {identifier}}) => {
    await held.opened;
    return {status: 1, streams: ['s'], transmissions: [confirmation(identifier)]};
  }});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--noauth', '--broadcast-key', 'none',
    '--rpc-command-timeout', '30s', '--rpc-request-timeout', '30s', ...args]);
  return {app, daemon};
}

test('@rails/actioncable repeats itself while the application thinks, which is one call and one subscription', async (t) => {
  const held = gate();
  const {app, daemon} = await startSlowApp(t, held);
  const {staleThreshold} = ActionCable.ConnectionMonitor;
  ActionCable.ConnectionMonitor.staleThreshold = 60;
  defer(t, () => { ActionCable.ConnectionMonitor.staleThreshold = staleThreshold; });
  const consumer = railsConsumer(t, daemon);
  const {events} = railsSubscription(consumer, {channel: 'ChatChannel'});
  await daemon.waitForMetric('ability_client_msg_total', (count) => count >= 4);
  held.open();
  assert.equal((await events.next('connected'))[0], 'connected');
  assert.equal((await events.next('connected again'))[0], 'connected', 'all that it repeated has one more confirmation');
  await asksNoMore(consumer);
  await daemon.publish('s', '"x"');
  await daemon.publish('s', '"y"');
  for (const message of ['x', 'y']) assert.deepEqual(await events.next('received once'), ['received', message]);
  assert.equal(app.of('subscribe').length, 1);
});

test('@anycable/core, which asks again after 5 s, keeps its subscription', async (t) => {
  const held = gate();
  const {app, daemon} = await startSlowApp(t, held);
  const cable = createCable(cableUrl(daemon), {websocketImplementation: WebSocket, logLevel: 'error'});
  defer(t, () => cable.disconnect());
  const messages = new Inbox();
  const chat = cable.subscribeTo('ChatChannel');
  chat.on('message', (message) => messages.push(message));
  await daemon.waitForMetric('ability_client_msg_total', 2);
  held.open();
  await within(chat.ensureSubscribed(), 'the subscription');
  // A confirmation that it did not wait for would have it unsubscribe before this.
  await chat.perform('speak');
  await app.next('message');
  assert.equal(app.of('unsubscribe').length, 0);
  assert.equal(app.of('subscribe').length, 1);
  await daemon.publish('s', '"x"');
  assert.equal(await messages.next(), 'x');
});

test('@rails/actioncable passes over an error message', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-commands-per-second', '2']);
  const consumer = railsConsumer(t, daemon);
  const {events} = railsSubscription(consumer, {channel: '$pubsub', stream_name: 's'});
  assert.equal((await events.next('connected'))[0], 'connected');
  const answers = new Inbox();
  consumer.connection.webSocket.addEventListener('message', ({data}) => {
    if (data.includes('"error"')) answers.push(JSON.parse(data));
  });
  consumer.send({command: 'subscribe', identifier: {channel: '$pubsub', stream_name: 's'}});
  assert.match((await answers.next('the error')).reason, /"identifier" must be/);
  for (let sent = 0; sent < 3; sent += 1) consumer.send({command: 'unsubscribe', identifier: 'never'});
  assert.equal((await answers.next('the other error')).reason, 'too_many_commands');
  await daemon.publish('s', '"x"');
  for (let event = []; event[0] !== 'received';) {
    event = await events.next('received');
    assert.notEqual(event[0], 'disconnected');
    if (event[0] === 'received') assert.deepEqual(event, ['received', 'x']);
  }
});

test('@anycable/core is told that there is no presence, and goes on', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--streams-presence=false']);
  const cable = createCable(cableUrl(daemon), {
    protocol: 'actioncable-v1-ext-json', websocketImplementation: WebSocket, logLevel: 'error'});
  defer(t, () => cable.disconnect());
  const messages = new Inbox();
  const channel = cable.streamFrom('s');
  channel.on('message', (message) => messages.push(message));
  await within(channel.ensureSubscribed(), 'the subscription');
  channel.presence.join('me', {name: 'Vova'});
  await assert.rejects(within(channel.presence.info(), 'the answer to who is there'), /failed to retrieve presence/);
  channel.presence.leave();
  await daemon.publish('s', '"x"');
  assert.equal(await messages.next(), 'x');
});

for (const protocol of ['actioncable-v1-json', 'actioncable-v1-ext-json']) {
  const open = (t, daemon) => {
    const cable = createCable(cableUrl(daemon), {
      protocol, websocketImplementation: WebSocket, logLevel: 'error', reconnectStrategy: () => 100,
      protocolOptions: protocol.includes('ext') ? {pongs: true} : undefined,
    });
    defer(t, () => cable.disconnect());
    return cable;
  };
  const follow = async (cable, name) => {
    const messages = new Inbox();
    const channel = cable.streamFrom(name);
    channel.on('message', (message) => messages.push(message));
    await within(channel.ensureSubscribed(), 'the subscription');
    return {channel, messages};
  };

  test(`@anycable/core subscribes with ${protocol}, and gets what curl publishes`, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--history-ttl', '1s']);  // as long as a left stream keeps its log
    const cable = open(t, daemon);
    const {messages, channel} = await follow(cable, 's');
    assert.ok(cable.sessionId?.length >= 16 || protocol === 'actioncable-v1-json');
    await curl(daemon, String.raw`{"stream":"s","data":"{\"a\":1}"}`);
    assert.deepEqual(await messages.next(), {a: 1});
    channel.disconnect();
    await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  });

  test(`@anycable/core comes back after a restart with ${protocol}`, async (t) => {
    const daemon = await startDaemon(t, ['--public', '--ping-interval', '1']);
    const cable = open(t, daemon);
    const {messages} = await follow(cable, 's');
    await daemon.crash();
    const next = await startDaemon(t, ['--public', '--ping-interval', '1'], {port: daemon.port});
    await next.waitForMetric('ability_broadcast_streams_num', 1);
    await next.publish('s', '"back"');
    assert.equal(await messages.next(), 'back');
  });

  test(`@anycable/core is told of a rejection with ${protocol}`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const channel = open(t, daemon).subscribeTo('ChatChannel', {id: '1'});
    await assert.rejects(within(channel.ensureSubscribed(), 'the rejection'), /[Rr]ejected/);
  });
}

test('redis-cli publishes, and both clients get it', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, ['--public', '--redis-url', redis.url]);
  await redis.waitForSubscriber();
  const rails = railsSubscription(railsConsumer(t, daemon), {channel: '$pubsub', stream_name: 's'});
  assert.equal((await rails.events.next('connected'))[0], 'connected');
  const cable = createCable(cableUrl(daemon), {websocketImplementation: WebSocket, logLevel: 'error'});
  defer(t, () => cable.disconnect());
  const messages = new Inbox();
  const channel = cable.streamFrom('s');
  channel.on('message', (message) => messages.push(message));
  await within(channel.ensureSubscribed(), 'the subscription');
  const {stdout} = await run('redis-cli', ['-p', String(redis.port), 'publish', '__anycable__',
    String.raw`{"stream":"s","data":"{\"b\":1,\"a\":2}"}`]);
  assert.equal(stdout.trim(), '1');
  assert.deepEqual(await rails.events.next('received'), ['received', {b: 1, a: 2}]);
  assert.deepEqual(await messages.next(), {b: 1, a: 2});
});

// -- pongs --

test('@anycable/core with pongs stays, without it is closed as no_pong', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--ping-interval', '1', '--pong-timeout', '3']);
  const open = (pongs) => {
    const cable = createCable(cableUrl(daemon), {protocol: 'actioncable-v1-ext-json', protocolOptions: {pongs},
      websocketImplementation: WebSocket, logLevel: 'error', monitor: pongs ? undefined : false});
    defer(t, () => cable.disconnect());
    return cable;
  };
  const [good, silent] = [open(true), open(false)];
  const lost = [];
  for (const event of ['disconnect', 'close']) good.on(event, (why) => lost.push(why));
  const ended = new Promise((resolve) => { silent.on('disconnect', resolve); });
  await good.connect();
  await silent.connect();
  assert.equal((await within(ended, 'the end of who does not answer')).reason, 'no_pong');
  await within(good.streamFrom('s').ensureSubscribed(), 'the subscription of who does');
  assert.deepEqual(lost, []);
});

// -- tokens --

const tokenSecret = 's3cret';
const shortToken = () => jwt({ext: '{"user":"1"}', exp: seconds() + 3}, tokenSecret);
const longToken = () => jwt({ext: '{"user":"1"}', exp: seconds() + 600}, tokenSecret);
const startWithTokens = (t) => startDaemon(t, ['--jwt-secret', tokenSecret, '--jwt-leeway', '0', '--public-streams',
  '--broadcast-key', 'none', '--ping-interval', '1']);

test('@rails/actioncable comes back with a new token when the old one expires', async (t) => {
  const daemon = await startWithTokens(t);
  const tokens = [shortToken(), longToken()];
  let asked = 0;
  const consumer = railsConsumerAt(t, () => `${cableUrl(daemon)}?jid=${tokens[Math.min(asked++, 1)]}`);
  const {events} = railsSubscription(consumer, {channel: '$pubsub', stream_name: 's'});
  assert.equal((await events.next('connected'))[0], 'connected');
  assert.deepEqual(await events.next('disconnected'), ['disconnected', {willAttemptReconnect: true}]);
  for (let event = []; event[0] !== 'connected';) event = await events.next('connected again');
  await daemon.publish('s', '"back"');
  for (let event = []; event[1] !== 'back';) event = await events.next('the message');
});

test('@anycable/core refreshes its token when the old one expires', async (t) => {
  const daemon = await startWithTokens(t);
  let refreshed = 0;
  const cable = createCable(cableUrl(daemon), {
    websocketImplementation: WebSocket, logLevel: 'error', reconnectStrategy: () => 100, auth: {token: shortToken()},
    tokenRefresher: async (transport) => {
      refreshed += 1;
      transport.setToken(longToken());
    },
  });
  defer(t, () => cable.disconnect());
  const messages = new Inbox();
  const channel = cable.streamFrom('s');
  channel.on('message', (message) => messages.push(message));
  await within(channel.ensureSubscribed(), 'the subscription');
  await eventually('the new token', () => refreshed === 1);
  await daemon.waitForMetric('ability_broadcast_streams_num', 1);
  await within(channel.ensureSubscribed(), 'the subscription with the new token');
  await daemon.publish('s', '"back"');
  assert.equal(await messages.next(), 'back');
});
