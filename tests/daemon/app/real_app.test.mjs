import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {within} from '../support/deadline.mjs';
import {Inbox} from '../support/inbox.mjs';
import ActionCable from '../support/rails.mjs';
import {startServerlessApp} from '../support/serverless_app.mjs';
import {jwt, seconds} from '../support/tokens.mjs';

const secret = 's3cret';

async function start(t, args = []) {
  const app = await startServerlessApp(t, secret);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--http-rpc-secret', secret, '--broadcast-key', 'k', ...args]);
  app.publishTo(`${daemon.url}/_broadcast`, 'k');
  return {app, daemon};
}

const cableUrl = (daemon, token, name = 'token') => (
  `${daemon.url.replace('http', 'ws')}/cable${token === undefined ? '' : `?${name}=${token}`}`);
const tokenOf = (app, user) => app.tokens.generateToken({user});

function railsConsumer(t, url) {
  const consumer = ActionCable.createConsumer(url);
  defer(t, () => consumer.disconnect());
  return consumer;
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

test('@rails/actioncable: two users talk in a room, count, leave; the application is told of it all', async (t) => {
  const {app, daemon} = await start(t);
  const [ann, bob] = [railsConsumer(t, cableUrl(daemon, await tokenOf(app, 'ann'))), railsConsumer(t, cableUrl(daemon,
    await tokenOf(app, 'bob')))];
  const room = {channel: 'room', id: '1'};
  const a = railsSubscription(ann, room);
  assert.deepEqual(await app.events.next(), ['connect', 'ann']);
  assert.deepEqual(await a.events.next('connected'), ['connected', {reconnected: false}]);
  const b = railsSubscription(bob, room);
  assert.deepEqual(await app.events.next(), ['connect', 'bob']);
  assert.equal((await b.events.next('connected'))[0], 'connected');
  a.subscription.perform('speak', {text: 'Zoë says "hi" 😀'});
  for (const {events} of [a, b]) {
    assert.deepEqual(await events.next('the message'), ['received', {from: 'ann', text: 'Zoë says "hi" 😀'}]);
  }
  for (const count of [1, 2, 3]) {
    b.subscription.perform('count');
    assert.deepEqual(await b.events.next('the count'), ['received', {count}]);
  }
  a.subscription.perform('count');
  assert.deepEqual(await a.events.next('a count of its own'), ['received', {count: 1}]);
  b.subscription.perform('leave');
  assert.deepEqual(await b.events.next('the stop of the stream'), ['received', 'left']);
  a.subscription.perform('speak', {text: 'only me'});
  assert.deepEqual(await a.events.next(), ['received', {from: 'ann', text: 'only me'}]);
  b.subscription.perform('fail');
  b.subscription.perform('count');
  assert.deepEqual(await b.events.next('a count after a failure, and nothing before it'), ['received', {count: 4}]);
  a.subscription.unsubscribe();
  assert.deepEqual(await app.events.next(), ['unsubscribed', 'ann', '1']);
  await daemon.waitForMetric('ability_rpc_pending_num', 0);
  ann.disconnect();
  assert.deepEqual(await app.events.next(), ['disconnect', 'ann']);
  bob.disconnect();
  assert.deepEqual(await app.events.next(), ['unsubscribed', 'bob', '1']);
  assert.deepEqual(await app.events.next(), ['disconnect', 'bob']);
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});

test('@rails/actioncable is told what the application rejects: by its own hand, or by a failure', async (t) => {
  const {app, daemon} = await start(t);
  const consumer = railsConsumer(t, cableUrl(daemon, await tokenOf(app, 'ann')));
  const rejected = railsSubscription(consumer, {channel: 'room'});
  const unknown = railsSubscription(consumer, {channel: 'no such channel'});
  const good = railsSubscription(consumer, {channel: 'room', id: '2'});
  for (const {events} of [rejected, unknown]) assert.deepEqual(await events.next('the rejection'), ['rejected', undefined]);
  assert.equal((await good.events.next('connected'))[0], 'connected');
});

test('@rails/actioncable stays away when the application does not let it in', async (t) => {
  const {app, daemon} = await start(t);
  const {events} = railsSubscription(railsConsumer(t, cableUrl(daemon)), {channel: 'room', id: '1'});
  const [name, {willAttemptReconnect}] = await events.next('disconnected');
  assert.equal(name, 'disconnected');
  assert.ok(!willAttemptReconnect);
  assert.equal(app.events.size, 0);
  await daemon.waitForMetric('ability_failed_auths_total', 1);
});

test('an application that does not accept the secret lets nobody in', async (t) => {
  const app = await startServerlessApp(t, secret);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--http-rpc-secret', 'wrong']);
  const cable = createCable(cableUrl(daemon, await tokenOf(app, 'ann')), {websocketImplementation: WebSocket,
    logLevel: 'error', monitor: false});
  defer(t, () => cable.disconnect());
  await assert.rejects(within(cable.connect(), 'the refusal'));
  await daemon.waitForLog(/app server call failed.*unauthorized/);
  assert.equal(app.events.size, 0);
});

for (const protocol of ['actioncable-v1-json', 'actioncable-v1-ext-json']) {
  const open = (t, url) => {
    const cable = createCable(url, {protocol, websocketImplementation: WebSocket, logLevel: 'error', reconnectStrategy: () => 100,
      // It keeps node from ending for as long, whether there was an answer or not.
      protocolOptions: {subscribeRetryInterval: 1_500}});
    defer(t, () => cable.disconnect());
    return cable;
  };

  test(`@anycable/core talks, counts and leaves with ${protocol}`, async (t) => {
    const {app, daemon} = await start(t, ['--sessions-ttl', '1s']);  // until then an extended client may come back
    const cable = open(t, cableUrl(daemon, await tokenOf(app, 'ann')));
    const channel = cable.subscribeTo('room', {id: '1'});
    const messages = new Inbox();
    channel.on('message', (message) => messages.push(message));
    await within(channel.ensureSubscribed(), 'the subscription');
    assert.deepEqual(await app.events.next(), ['connect', 'ann']);
    await channel.perform('speak', {text: 'hello'});
    assert.deepEqual(await messages.next(), {from: 'ann', text: 'hello'});
    for (const count of [1, 2]) {
      await channel.perform('count');
      assert.deepEqual(await messages.next(), {count});
    }
    const rejected = cable.subscribeTo('room', {});
    await assert.rejects(within(rejected.ensureSubscribed(), 'the rejection'), /[Rr]ejected/);
    channel.disconnect();
    assert.deepEqual(await app.events.next(), ['unsubscribed', 'ann', '1']);
    await daemon.waitForMetric('ability_rpc_pending_num', 0);
    cable.disconnect();
    assert.deepEqual(await app.events.next(), ['disconnect', 'ann']);
  });

  test(`@anycable/core is told that its token has expired with ${protocol}, by the application and by the daemon`, async (t) => {
    const {app, daemon} = await start(t, ['--jwt-secret', secret]);
    const expired = jwt({ext: '{"user":"ann"}', exp: seconds() - 10}, secret);
    for (const name of ['token', 'jid']) {
      const cable = open(t, cableUrl(daemon, expired, name));
      const closed = new Promise((resolve) => cable.once('close', resolve));
      cable.connect().catch(() => {});
      assert.equal((await within(closed, 'the close')).reason, 'token_expired', name);
      cable.disconnect();
    }
    assert.equal(app.events.size, 0);
  });
}

test('a token of the application\'s own library lets its bearer in without a call, and the application knows who acts', async (t) => {
  const {app, daemon} = await start(t, ['--jwt-secret', secret]);
  const {events, subscription} = railsSubscription(railsConsumer(t, cableUrl(daemon, await tokenOf(app, 'ann'), 'jid')),
    {channel: 'room', id: '1'});
  assert.equal((await events.next('connected'))[0], 'connected');
  subscription.perform('speak', {text: 'hi'});
  assert.deepEqual(await events.next(), ['received', {from: 'ann', text: 'hi'}]);
  assert.equal(app.events.size, 0, 'connect was not asked');
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_rpc_duration_seconds_count{method="connect",status="success"}'), undefined);
});
