// Members of a stream: commands and messages of AnyCable, the application's fields, the API, and bad input.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {confirmation} from '../support/app_script.mjs';
import {connectCable, openCable, pubsub} from '../support/cable.mjs';
import {channel} from '../support/channel.mjs';
import {defer} from '../support/cleanup.mjs';
import {clusterSecret} from '../support/cluster.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {startGrpcApp} from '../support/grpc_app.mjs';
import {request} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {Inbox} from '../support/inbox.mjs';

const cableUrl = (daemon) => `ws://${daemon.host}:${daemon.port}/cable`;
const about = (identifier, message) => ({type: 'presence', identifier, message});
const error = (reason) => ({type: 'error', total: 0, reason});

/** A client that follows the public stream `stream`. */
async function follower(t, daemon, stream = 's') {
  const cable = await connectCable(t, daemon, {offered: ['actioncable-v1-ext-json']});
  cable.identifier = await cable.subscribe(stream);
  cable.says = (command, fields = {}) => cable.send({command, identifier: cable.identifier, ...fields});
  cable.joins = (id, info) => cable.says('join', {presence: {id, info}});
  cable.hears = async (message) => assert.deepEqual(await cable.next(JSON.stringify(message)), about(cable.identifier, message));
  return cable;
}

const members = async (daemon, stream = 's', headers = {}) => (
  request(`${daemon.url}/api/presence/${encodeURIComponent(stream)}/users`, {headers}));

test('members come, are listed, and go, in the bytes of AnyCable', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [me, other] = [await follower(t, daemon), await follower(t, daemon)];
  me.sendText(`{"command":"join","identifier":${JSON.stringify(me.identifier)},"presence":{"id":"me","info":{ "b":1, "a":12345678901234567890}}}`);
  for (const each of [me, other]) {
    assert.equal(await each.nextText(), `{"type":"presence","identifier":${JSON.stringify(me.identifier)},`
      + '"message":{"type":"join","info":{ "b":1, "a":12345678901234567890},"id":"me"}}');
  }
  other.says('presence');
  assert.equal(await other.nextText(), `{"type":"presence","identifier":${JSON.stringify(me.identifier)},`
    + '"message":{"type":"info","total":1,"records":[{"info":{ "b":1, "a":12345678901234567890},"id":"me"}]}}');
  other.says('presence', {data: {return_records: false}});
  await other.hears({type: 'info', total: 1});
  me.says('leave');
  for (const each of [me, other]) {
    assert.equal(await each.nextText(), `{"type":"presence","identifier":${JSON.stringify(me.identifier)},"message":{"type":"leave","id":"me"}}`);
  }
  other.says('presence', {data: {}});
  await other.hears({type: 'info', total: 0});
  await other.expectQuiet();
  assert.equal(await daemon.metric('ability_presence_joins_total'), 1);
  assert.equal(await daemon.metric('ability_presence_leaves_total'), 1);
  assert.equal(await daemon.metric('ability_presence_members_num'), 0);
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 0);
});

test('two sessions with one id are one member', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const [first, second, other] = [await follower(t, daemon), await follower(t, daemon), await follower(t, daemon)];
  first.joins('me', 1);
  await other.hears({type: 'join', info: 1, id: 'me'});
  await second.hears({type: 'join', info: 1, id: 'me'});
  second.joins('me', 2);
  await second.expectQuiet();
  other.says('presence');
  await other.hears({type: 'info', total: 1, records: [{info: 2, id: 'me'}]});
  first.says('leave');
  await first.hears({type: 'join', info: 1, id: 'me'});
  await first.expectQuiet();
  second.send({command: 'unsubscribe', identifier: second.identifier});
  await other.hears({type: 'leave', id: 'me'});
});

test('bad input has an answer with its reason, and the connection lives on', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-message-size', '4194304']);
  const me = await follower(t, daemon);
  const noId = error('"id" of "presence" must be a non-empty string or a number');
  const noObject = error('"presence" must be an object with an "id"');
  for (const [fields, answer] of [
    [{presence: {id: ''}}, noId], [{presence: {}}, noId], [{presence: {id: null}}, noId], [{presence: {id: {}}}, noId],
    [{presence: {id: true}}, noId], [{presence: 'me'}, noObject], [{presence: 7}, noObject], [{presence: []}, noObject],
    [{presence: null}, noObject], [{}, noObject],
    [{presence: {id: 'me', info: 'x'.repeat(1 << 20)}}, error('the id and the info of a member are too long (--presence-max-info)')],
    [{presence: {id: 'x'.repeat(5_000)}}, error('the id and the info of a member are too long (--presence-max-info)')],
  ]) {
    me.says('join', fields);
    await me.hears(answer);
  }
  me.says('leave');
  await me.hears(error('not present'));
  me.joins(7, null);
  await me.hears({type: 'join', id: '7'});
  me.joins('7');
  me.joins('8');
  await me.hears(error('the session is present with another id'));
  me.send({command: 'join', identifier: 'never', presence: {id: 'me'}});
  assert.deepEqual(await me.next(), about('never', error('unknown subscription')));
  me.send({command: 'leave', identifier: 'never'});
  assert.deepEqual(await me.next(), about('never', error('unknown subscription')));
  assert.equal(await daemon.metric('ability_failed_client_msg_total'), 16);
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_limit_hits_total{limit="presence_info"}'), 2);
  await me.expectQuiet();
});

test('a stream has no more members than --presence-max-members', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-max-members', '2', '--presence-ttl', '0']);
  const all = await Promise.all(['a', 'b', 'c'].map(() => follower(t, daemon)));
  all[0].joins('a');
  for (const each of all) await each.hears({type: 'join', id: 'a'});
  all[1].joins('b');
  for (const each of all) await each.hears({type: 'join', id: 'b'});
  all[2].joins('c');
  await all[2].hears(error('too many members (--presence-max-members)'));
  all[0].socket.terminate();
  await all[2].hears({type: 'leave', id: 'a'});
  all[2].joins('c');
  await all[2].hears({type: 'join', id: 'c'});
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_limit_hits_total{limit="presence_members"}'), 1);
});

test('a killed connection leaves after --presence-ttl, and one that comes back in time does not', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-ttl', '2s']);
  const [other, me, late] = [await follower(t, daemon), await follower(t, daemon), await follower(t, daemon)];
  me.joins('me');
  await other.hears({type: 'join', id: 'me'});
  late.joins('late');
  await other.hears({type: 'join', id: 'late'});
  me.socket.terminate();
  late.socket.terminate();
  await daemon.waitForMetric('ability_clients_num', 1);
  other.says('presence', {data: {return_records: false}});
  await other.hears({type: 'info', total: 2});
  const again = await connectCable(t, daemon, {offered: ['actioncable-v1-ext-json']});
  const identifier = pubsub('s');
  again.send({command: 'subscribe', identifier, presence: {id: 'me'}});
  assert.deepEqual(await again.next(), {type: 'confirm_subscription', identifier});
  await other.hears({type: 'leave', id: 'late'});
  assert.equal(await daemon.metric('ability_presence_returns_total'), 1);
  assert.equal(await daemon.metric('ability_presence_expired_total'), 1);
  await other.expectQuiet();
  again.socket.terminate();
  await other.hears({type: 'leave', id: 'me'});
});

test('a session that comes back late is present again, and nobody has to join', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-ttl', '1s']);
  const [other, me] = [await follower(t, daemon), await follower(t, daemon)];
  me.joins('me', 1);
  await other.hears({type: 'join', info: 1, id: 'me'});
  me.socket.terminate();
  await other.hears({type: 'leave', id: 'me'});
  const back = await openCable(t, daemon, {offered: ['actioncable-v1-ext-json'], path: `/cable?sid=${me.sid}`});
  assert.equal((await back.next('the welcome')).restored, true);
  await other.hears({type: 'join', info: 1, id: 'me'});
  await other.expectQuiet();
});

test('a client of the base protocol is present as long as it is connected', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-ttl', '100ms']);
  const me = await connectCable(t, daemon, {offered: ['actioncable-v1-json']});
  const identifier = await me.subscribe('s');
  me.send({command: 'join', identifier, presence: {id: 'me'}});
  assert.deepEqual(await me.next(), about(identifier, {type: 'join', id: 'me'}));
  const passing = await follower(t, daemon);
  passing.joins('passing');
  assert.deepEqual(await me.next(), about(identifier, {type: 'join', id: 'passing'}));
  passing.socket.terminate();
  assert.deepEqual(await me.next('the end of the time of another'), about(identifier, {type: 'leave', id: 'passing'}));
  me.send({command: 'presence', identifier});
  assert.deepEqual(await me.next(), about(identifier, {type: 'info', total: 1, records: [{id: 'me'}]}));
});

test('1,000 members that are killed together leave in a few batches', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-ttl', '3s', '--ping-interval', '0']);
  const other = await follower(t, daemon);
  const count = 1_000;
  const crowd = [];
  for (let i = 0; i < count; i += 1) {
    const socket = new WebSocket(cableUrl(daemon), ['actioncable-v1-json'], {perMessageDeflate: false});
    socket.on('error', () => {});
    // Another identifier would be a group of its own; the events to these clients are not read here.
    socket.once('open', () => socket.send(JSON.stringify({command: 'subscribe', identifier: pubsub('s'), presence: {id: i}})));
    crowd.push(socket);
    if (i % 100 === 99) await within(new Promise((resolve) => { socket.once('message', resolve); }), 'a hundred more');
  }
  const ids = new Set();
  while (ids.size < count) {
    const {message} = await other.next('a member');
    assert.equal(message.type, 'join');
    ids.add(message.id);
  }
  await daemon.waitForMetric('ability_presence_members_num', count);
  const before = await daemon.metric('ability_broadcast_fanout_count');
  for (const each of crowd) each.terminate();
  while (ids.size > 0) {
    const {message} = await other.next('a leave');
    assert.equal(message.type, 'leave');
    assert.ok(ids.delete(message.id), 'each leaves once');
  }
  assert.equal(await daemon.metric('ability_broadcast_fanout_count') - before, count);
  assert.equal(await daemon.metric('ability_presence_expired_total'), count);
  await other.expectQuiet();
});

for (const [carrier, start] of [
  ['HTTP', async (t, script) => { const app = await startHttpApp(t, script); return [app, app.url]; }],
  ['gRPC', async (t, script) => { const app = await startGrpcApp(t, script); return [app, app.address]; }],
]) test(`the application has clients join, by ${carrier}, and names the stream`, async (t) => {
  const [app, address] = await start(t, {
    subscribe: ({body}) => ({status: 1, streams: ['room', 'other'], transmissions: [confirmation(body.identifier)],
      env: {istate: {$p: 'room'}}, presence: {type: 'join', id: 'user-1', info: '{"name": "Vova"}'}}),
    message: {status: 1, presence: {type: 'leave'}},
  });
  const daemon = await startDaemon(t, ['--rpc-host', address, '--public-streams', '--broadcast-key', 'none', '--api-secret', 'none']);
  const me = await connectCable(t, daemon);
  const watcher = await follower(t, daemon, 'room');
  const identifier = channel();
  me.send({command: 'subscribe', identifier});
  assert.equal((await me.next()).type, 'confirm_subscription');
  assert.deepEqual(await me.next(), about(identifier, {type: 'join', info: {name: 'Vova'}, id: 'user-1'}));
  await watcher.hears({type: 'join', info: {name: 'Vova'}, id: 'user-1'});
  assert.equal((await members(daemon, 'room')).body, '{"type":"info","total":1,"records":[{"info":{"name": "Vova"},"id":"user-1"}]}');
  me.send({command: 'message', identifier, data: '{}'});
  assert.equal((await app.next('message')).body.env.istate.$p, 'room');
  await watcher.hears({type: 'leave', id: 'user-1'});
});

test('the API tells who is there, to those with the key', async (t) => {
  const key = createHmac('sha256', 's3cret').update('api-cable').digest('hex');
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--noauth', '--public-streams']);
  const authorization = `Bearer ${key}`;
  const me = await follower(t, daemon, 'chat/1 ü');
  const nobody = await members(daemon, 'chat/1 ü', {authorization});
  assert.deepEqual([nobody.status, nobody.body], [200, '{"type":"info","total":0}']);
  assert.match(nobody.headers['content-type'], /^application\/json/);
  me.joins('me', 1);
  await me.hears({type: 'join', info: 1, id: 'me'});
  const one = await members(daemon, 'chat/1 ü', {authorization});
  assert.equal(one.body, '{"type":"info","total":1,"records":[{"info":1,"id":"me"}]}');
  assert.equal((await request(`${daemon.url}/api/presence/chat/1%20%C3%BC/users?x=1`, {headers: {authorization}})).body, one.body);
  assert.equal((await members(daemon, 'never', {authorization})).body, nobody.body);
  for (const headers of [{}, {authorization: 'Bearer wrong'}, {authorization: 's3cret'}]) {
    const refused = await members(daemon, 'chat/1 ü', headers);
    assert.equal(refused.status, 401);
    assert.match(refused.body, /abilityctl key api/);
  }
  assert.equal((await daemon.metrics()).samples.get('ability_refused_api_calls_total{reason="key"}'), 3);
  for (const path of ['/api', '/api/presence', '/api/presence/', '/api/presence/users', '/api/presence//users', '/api/presence/s', '/api/presence/s/user']) {
    assert.equal((await request(`${daemon.url}${path}`, {headers: {authorization}})).status, 404, path);
  }
  const post = await request(`${daemon.url}/api/presence/s/users`, {method: 'POST', headers: {authorization}, body: '{}'});
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
});

test('the API is off without a key, and has the path that is chosen', async (t) => {
  const off = await startDaemon(t, ['--noauth', '--public-streams']);
  const refused = await members(off);
  assert.equal(refused.status, 401);
  assert.match(refused.body, /--api-secret/);
  const own = await startDaemon(t, ['--public', '--api-secret', 'k', '--api-path', '/x/y/']);
  assert.equal((await members(own)).status, 404);
  const answer = await request(`${own.url}/x/y/presence/s/users`, {headers: {authorization: 'Bearer k'}});
  assert.equal(answer.body, '{"type":"info","total":0}');
});

test('in a cluster presence is off by name', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--cluster-listen', '127.0.0.1:0', '--cluster-secret', clusterSecret]);
  const me = await follower(t, daemon);
  me.joins('me');
  await me.hears(error('presence is off'));
  me.says('presence');
  await me.hears(error('presence is off'));
  assert.equal((await members(daemon)).status, 501);
});

test('streams of clients can be without presence', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--streams-presence=false']);
  const me = await follower(t, daemon);
  me.joins('me');
  await me.hears(error('no presence here: it needs the channel $pubsub, and --streams-presence'));
});

test('an unmodified @anycable/core joins, sees others, leaves, and comes back after a broken connection', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--presence-ttl', '10s']);
  const open = () => {
    const sockets = [];
    class Socket extends WebSocket {
      constructor(...args) {
        super(...args);
        sockets.push(this);
      }
    }
    const cable = createCable(cableUrl(daemon), {
      protocol: 'actioncable-v1-ext-json', websocketImplementation: Socket, logLevel: 'error', reconnectStrategy: () => 100});
    defer(t, () => cable.disconnect());
    const events = new Inbox();
    const stream = cable.streamFrom('s');
    stream.on('presence', (event) => events.push(event));
    return {cable, stream, events, sockets};
  };
  const [mine, theirs] = [open(), open()];
  for (const each of [mine, theirs]) await within(each.stream.ensureSubscribed(), 'the subscription');
  assert.deepEqual(await within(theirs.stream.presence.info(), 'nobody'), {});
  mine.stream.presence.join('me', {name: 'Vova'});
  for (let event = {}; event.type !== 'join';) event = await theirs.events.next('the join');
  assert.deepEqual(await theirs.stream.presence.info(), {me: {name: 'Vova'}});
  for (let event = {}; event.type !== 'join';) event = await mine.events.next('my join');
  assert.deepEqual(await within(mine.stream.presence.info(), 'me'), {me: {name: 'Vova'}});

  const connected = mine.sockets.length;
  mine.sockets.at(-1).terminate();
  await eventually('the way back', () => mine.sockets.length > connected);
  await daemon.waitForMetric('ability_presence_returns_total', 1);
  assert.equal(theirs.events.size, 0, 'nobody was told');

  mine.stream.presence.leave();
  for (let event = {}; event.type !== 'leave';) event = await theirs.events.next('the leave');
  assert.deepEqual(await theirs.stream.presence.info(), {});
});
