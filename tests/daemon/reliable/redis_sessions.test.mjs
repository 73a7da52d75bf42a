// Sessions in Redis (--broker redis): they come back at any node, and the application hears of those that do not, also
// when the node that had them was killed.
// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {confirmation} from '../support/app_script.mjs';
import {join} from '../support/channel.mjs';
import {defer} from '../support/cleanup.mjs';
import {portOf} from '../support/cluster.mjs';
import {ctl, ctlJson} from '../support/ctl.mjs';
import {eventually, patience, within} from '../support/deadline.mjs';
import {Inbox} from '../support/inbox.mjs';
import {ask, catchUp, chat, comeBack, connect, drop, isRegistered, reaches, records, start, startNode} from '../support/redis_sessions.mjs';

async function isRefused(t, node, sid, reason, options) {
  const name = `ability_sessions_refused_total{reason="${reason}"}`;
  const before = (await node.metrics()).samples.get(name) ?? 0;
  const cable = await ask(t, node, sid, options);
  assert.equal((await cable.next('the welcome')).restored, undefined);
  assert.equal((await node.metrics()).samples.get(name), before + 1, `refused as ${reason}`);
}

// -- coming back --

test('a client goes from node to node without a call to the application', async (t) => {
  const {app, nodes} = await start(t);
  let cable = await connect(t, nodes[0]);
  await join(cable);
  await nodes[0].publish('s', '0');
  let last = await cable.next();
  const calls = app.calls.length;
  for (let round = 1; round <= 6; round += 1) {
    const [here, there] = [nodes[(round + 1) % 2], nodes[round % 2]];
    await drop(here, cable);
    await here.publish('s', String(10 * round));
    cable = await comeBack(t, there, cable.sid, [chat]);
    await there.publish('s', String(10 * round + 1));
    assert.deepEqual(await catchUp(cable, last), [10 * round, 10 * round + 1]);
    await here.publish('s', String(10 * round + 2));
    last = await cable.next();
    assert.equal(last.message, 10 * round + 2);
  }
  assert.equal(app.calls.length, calls);
  for (const node of nodes) assert.equal(await node.metric('ability_sessions_num'), 0);
});

test('a session that is open at another node is taken from it', async (t) => {
  const {app, nodes: [a, b]} = await start(t);
  const cable = await connect(t, a);
  await join(cable);
  const calls = app.calls.length;
  await comeBack(t, b, cable.sid, [chat]);
  assert.deepEqual(await cable.waitForClose(), {code: 1000, reason: 'the session goes on at another connection'});
  assert.equal(app.calls.length, calls);
});

test('a sid is good for once, at whichever node, and for its own client', async (t) => {
  const {app, nodes} = await start(t, {args: ['--allowed-origins', '*,none']});
  const origin = 'http://a.example';
  const cable = await connect(t, nodes[0], {origin});
  await join(cable);
  await drop(nodes[0], cable);
  for (const node of nodes) {
    await isRefused(t, node, cable.sid, 'foreign', {origin: 'http://b.example'});
    await isRefused(t, node, 'V1StGXR8_Z5jdHi6B-myT', 'unknown', {origin});
  }
  const connects = app.of('connect').length;
  const all = await Promise.all(Array.from({length: 10}, (_, at) => ask(t, nodes[at % 2], cable.sid, {origin})));
  const welcomes = await Promise.all(all.map((each) => each.next('a welcome')));
  assert.equal(welcomes.filter(({restored}) => restored).length, 1);
  assert.equal(app.of('connect').length, connects + 9);
});

test('a remote disconnect ends sessions without a connection', async (t) => {
  const {app, nodes: [a, b]} = await start(t);
  const cable = await connect(t, a);
  await drop(a, cable);
  const {status} = await b.post({command: 'disconnect', payload: {identifier: `{"user":"${cable.sid}"}`, reconnect: true}});
  assert.equal(status, 201);
  assert.equal((await app.next('disconnect')).sid, cable.sid);
  await isRefused(t, a, cable.sid, 'unknown');
});

// -- drain --

/** An unmodified client that connects to whichever node is `route.to` at the time. */
async function anycable(t, route, stream) {
  class Routed extends WebSocket {
    constructor(url, ...rest) {
      super(url.toString().replace('ws://any', route.to.url.replace('http', 'ws')), ...rest);
    }
  }
  const cable = createCable('ws://any/cable', {
    protocol: 'actioncable-v1-ext-json', websocketImplementation: Routed, logLevel: 'error', reconnectStrategy: () => 20,
  });
  defer(t, () => cable.disconnect());
  const [events, messages] = [new Inbox(), new Inbox()];
  cable.on('connect', (event) => events.push(event));
  const subscription = cable.subscribeTo('ChatChannel', {stream});
  subscription.on('message', (message) => messages.push(message));
  await within(subscription.ensureSubscribed(), 'the subscription');
  assert.deepEqual(await events.next('connected'), {reconnect: false, restored: false});
  return {cable, events, messages};
}

test('@anycable/core is drained from one node to another without a call and without a gap', async (t) => {
  const {app, nodes: [a, b]} = await start(t, {script: {
    subscribe: ({body: {identifier}}) => (
      {status: 1, streams: [JSON.parse(identifier).stream], transmissions: [confirmation(identifier)]}),
  }});
  const route = {to: a};
  const clients = [];
  for (let each = 0; each < 20; each += 1) clients.push(await anycable(t, route, `stream-${each % 4}`));
  const calls = app.calls.length;
  let last = 0;
  let isOver = false;
  const publish = async () => {
    while (!isOver) {
      last += 1;
      for (let stream = 0; stream < 4; stream += 1) await b.publish(`stream-${stream}`, String(last));
    }
  };
  const publishing = publish();
  await eventually('some messages', () => last > 5);
  route.to = b;
  await a.stop();
  for (const {events} of clients) assert.deepEqual(await events.next('restored'), {reconnect: true, restored: true});
  const soFar = last;
  await eventually('more messages', () => last > soFar + 5);
  isOver = true;
  await publishing;
  for (const {messages} of clients) {
    for (let n = 1; n <= last; n += 1) assert.equal(await messages.next(`${n} of ${last}`), n);
    assert.equal(messages.size, 0);
  }
  assert.equal(app.calls.length, calls, 'no call');
});

test('a session outlives the only node', async (t) => {
  const {redis, app, nodes: [a]} = await start(t, {nodes: 1});
  const cable = await connect(t, a);
  await join(cable);
  const calls = app.calls.length;
  await a.stop();
  assert.deepEqual(await cable.waitForClose(), {code: 1012, reason: ''});
  assert.equal(cable.inbox.size, 0);
  const again = await startNode(t, app, redis);
  await reaches(again);
  await comeBack(t, again, cable.sid, [chat]);
  assert.equal(app.calls.length, calls);
});

test('without Redis a drain tells the client, and the application', async (t) => {
  const {redis, app, nodes: [a]} = await start(t, {nodes: 1});
  const cable = await connect(t, a);
  await redis.kill();
  await a.waitForMetric('ability_redis_up', 0);
  await a.stop();
  assert.deepEqual(await cable.next('the goodbye'), {type: 'disconnect', reason: 'server_restart', reconnect: true});
  assert.equal((await app.next('disconnect')).sid, cable.sid);
});

// -- ends --

test('the application hears once of a session that does not come back', async (t) => {
  const {redis, app, nodes: [a, b]} = await start(t, {args: ['--sessions-ttl', '1s']});
  const cable = await connect(t, a);
  await join(cable);
  await drop(a, cable);
  const {sid, body} = await app.next('disconnect');
  assert.equal(sid, cable.sid);
  assert.deepEqual(body.subscriptions, [chat]);
  await isRefused(t, b, cable.sid, 'unknown');
  await eventually('nothing of it in Redis', async () => (await redis.command('HGET', records, cable.sid)) === null);
  assert.equal(app.of('disconnect').length, 1);
});

test('after kill -9 of a node its clients come back at another one, and the application hears of the rest', async (t) => {
  const {redis, app, nodes: [a, b]} = await start(t, {args: ['--sessions-ttl', '2s']});
  const [back, gone] = [await connect(t, a), await connect(t, a)];
  for (const cable of [back, gone]) {
    await join(cable);
    await isRegistered(redis, cable.sid);
  }
  await a.publish('s', '1');
  const last = await back.next();
  const calls = app.calls.length;
  await a.crash();
  await b.publish('s', '2');
  const cable = await comeBack(t, b, back.sid, [chat]);
  assert.deepEqual(await catchUp(cable, last), [2]);
  assert.equal(app.calls.length, calls);
  const {sid, body} = await app.next('disconnect', {ms: 4 * patience});
  assert.equal(sid, gone.sid);
  assert.deepEqual(body.subscriptions, [chat]);
  assert.equal(body.identifiers, `{"user":"${gone.sid}"}`);
  assert.equal(await b.metric('ability_sessions_freed_total'), 1);
  assert.equal(app.of('disconnect').length, 1);
});

test('a client that was let in a moment before kill -9 is told of, too', async (t) => {
  const {redis, app, nodes: [a]} = await start(t, {nodes: 1, args: ['--sessions-ttl', '1s']});
  const cable = await connect(t, a);
  await a.crash();
  await startNode(t, app, redis, '--sessions-ttl', '1s');
  assert.equal((await app.next('disconnect', {ms: 4 * patience})).sid, cable.sid);
});

// -- without Redis --

test('while Redis is away a session is kept by its node, and then goes there', async (t) => {
  const {redis, app, nodes: [a, b]} = await start(t);
  const cable = await connect(t, a);
  await join(cable);
  const other = await connect(t, a);
  await drop(a, other);
  await redis.kill();
  for (const node of [a, b]) await node.waitForMetric('ability_redis_up', 0);
  cable.socket.terminate();
  await a.waitForMetric('ability_sessions_num', 1);
  await isRefused(t, b, other.sid, 'away');
  await redis.start();
  await a.waitForMetric('ability_sessions_num', 0);
  await reaches(b);
  const connects = app.of('connect').length;
  await comeBack(t, b, cable.sid, [chat]);
  assert.equal(app.of('connect').length, connects);
});

test('abilityctl tells how many sessions are in Redis, and how many wait for it', async (t) => {
  const {redis, nodes: [a, b]} = await start(t, {args: ['--monitor-listen', '127.0.0.1:0']});
  const question = async (node) => ['sessions', '--node', `127.0.0.1:${await portOf(node, 'monitor')}`];
  const toldBy = async (node) => {
    const {sessions, shared} = await ctlJson(t, await question(node));
    return {sessions, shared};
  };
  const [inRedis, waiting] = [await connect(t, a), await connect(t, a)];
  await drop(a, inRedis);
  for (const node of [a, b]) {
    await eventually('the session in Redis', async () => (await toldBy(node)).shared === 1);
    assert.deepEqual(await toldBy(node), {sessions: 0, shared: 1});
  }
  await redis.kill();
  await a.waitForMetric('ability_redis_up', 0);
  waiting.socket.terminate();
  await a.waitForMetric('ability_sessions_num', 1);
  assert.deepEqual(await toldBy(a), {sessions: 1, shared: 1}, 'the last that Redis has told');
  assert.match((await ctl(t, await question(a))).stdout, /^SESSIONS .* SHARED\n +1 .* 1\n$/);
});

test('what Redis has lost of open sessions is told to it again', async (t) => {
  const {redis, app, nodes: [a]} = await start(t, {nodes: 1});
  const cable = await connect(t, a);
  await join(cable);
  await isRegistered(redis, cable.sid);
  await redis.command('FLUSHALL');
  await isRegistered(redis, cable.sid);
  assert.equal(await a.metric('ability_session_leases_lost_total'), 1);
  assert.equal(app.of('disconnect').length, 0);
});

test('what is not a session in Redis is dropped and counted', async (t) => {
  const {redis, nodes: [a]} = await start(t, {nodes: 1});
  const cable = await connect(t, a);
  await drop(a, cable);
  const record = await redis.command('HGET', records, cable.sid);
  await redis.command('HSET', records, cable.sid, `${record.toString().slice(0, 82)}nonsense`);
  await isRefused(t, a, cable.sid, 'unknown');
  assert.equal(await a.metric('ability_sessions_malformed_total'), 1);
  await eventually('nothing of it in Redis', async () => (await redis.command('HGET', records, cable.sid)) === null);
});
