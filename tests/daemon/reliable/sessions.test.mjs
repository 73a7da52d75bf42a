// Sessions outlive their connections: clients of the extended protocol come back without a call to the application.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {createCable} from '@anycable/core';
import WebSocket from 'ws';
import {confirmation, follow, gate} from '../support/app_script.mjs';
import {connectCable, openCable} from '../support/cable.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {Inbox} from '../support/inbox.mjs';
import {jwt} from '../support/tokens.mjs';

const extended = {offered: ['actioncable-v1-ext-json']};
const chat = channel();

async function start(t, args = [], script = {}) {
  const app = await startHttpApp(t, {subscribe: follow('s'), ...script});
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--broadcast-key', 'none', ...args]);
  return {app, daemon};
}

const connect = (t, daemon, options = {}) => connectCable(t, daemon, {...extended, ...options});
const restored = (sid, ids) => `{"type":"welcome","sid":"${sid}","restored":true,"restored_ids":${JSON.stringify(ids)}}`;

/** A client that asks for the session `sid`; its welcome has not been read. */
const ask = (t, daemon, sid, {query = `?sid=${sid}`, ...options} = {}) => (
  openCable(t, daemon, {...extended, path: `/cable${query}`, ...options}));

/** A client that has its session `sid` back. */
async function comeBack(t, daemon, sid, ids, options) {
  const cable = await ask(t, daemon, sid, options);
  const text = await cable.nextText('the welcome');
  cable.sid = JSON.parse(text).sid;
  assert.equal(text, restored(cable.sid, ids));
  assert.notEqual(cable.sid, sid);
  return cable;
}

/** Asks for what was missed behind `last`, a message; all messages up to the confirmation. */
async function catchUp(cable, identifier, last) {
  const streams = last ? {[last.stream_id]: {epoch: last.epoch, offset: last.offset}} : {};
  cable.send({command: 'history', identifier, history: {since: Math.floor(Date.now() / 1000), streams}});
  const missed = [];
  for (;;) {
    const message = await cable.next('history');
    if (message.type === 'confirm_history') return missed;
    assert.equal(message.type, undefined, JSON.stringify(message));
    missed.push(message);
  }
}

async function drop(daemon, cable) {
  const before = await daemon.metric('ability_sessions_num');
  cable.socket.terminate();
  await daemon.waitForMetric('ability_sessions_num', before + 1);
}

async function refusals(daemon) {
  const {samples} = await daemon.metrics();
  const found = {};
  for (const [key, value] of samples) {
    const reason = /^ability_sessions_refused_total\{reason="(\w+)"\}$/.exec(key)?.[1];
    if (reason && value > 0) found[reason] = value;
  }
  return found;
}

test('a client that lost its connection has its session back without a call, and the application hears one end', async (t) => {
  const {app, daemon} = await start(t, ['--sessions-ttl', '2s']);
  let cable = await connect(t, daemon);
  await join(cable);
  const calls = app.calls.length;
  let last;
  for (let round = 0; round < 5; round += 1) {
    await drop(daemon, cable);
    await daemon.publish('s', `"${round} away"`);
    cable = await comeBack(t, daemon, cable.sid, [chat]);
    assert.equal(await daemon.metric('ability_sessions_num'), 0);
    await daemon.publish('s', `"${round} back"`);
    assert.deepEqual((await catchUp(cable, chat, last)).map(({message}) => message), [`${round} away`, `${round} back`]);
    await daemon.publish('s', `"${round} live"`);
    last = await cable.next();
    assert.equal(last.message, `${round} live`);
  }
  assert.equal(app.calls.length, calls);
  act(cable, chat);
  const message = await app.next('message');
  assert.equal(message.sid, cable.sid);
  assert.equal(message.body.connection_identifiers, `{"user":"${app.of('connect')[0].sid}"}`);
  await drop(daemon, cable);
  const {sid, body} = await app.next('disconnect');
  assert.equal(sid, cable.sid);
  assert.deepEqual(body.subscriptions, [chat]);
  assert.equal(await daemon.metric('ability_sessions_restored_total'), 5);
  assert.equal(await daemon.metric('ability_sessions_expired_total'), 1);
  await daemon.stop();
  assert.equal(app.of('disconnect').length, 1);
  assert.equal(app.of('connect').length, 1);
});

test("the sid is put into the application's welcome for clients that can use it", async (t) => {
  const connects = {status: 1, identifiers: 'me', transmissions: ['first', '{"type":"welcome" }', '{"type":"welcome"}']};
  const {app, daemon} = await start(t, [], {connect: connects});
  const cable = await openCable(t, daemon, extended);
  assert.equal(await cable.nextText(), 'first');
  const welcome = await cable.nextText();
  const {sid} = JSON.parse(welcome);
  assert.equal(welcome, `{"type":"welcome" ,"sid":"${sid}"}`);
  assert.equal(sid, app.of('connect')[0].sid);
  assert.equal(await cable.nextText(), '{"type":"welcome"}');
  await join(cable);
  await drop(daemon, cable);
  await comeBack(t, daemon, sid, [chat]);
  assert.equal(app.of('connect').length, 1);
  const base = await openCable(t, daemon);
  for (const expected of connects.transmissions) assert.equal(await base.nextText(), expected);
});

test('a connection that is half dead is closed, and its session handed over', async (t) => {
  const {app, daemon} = await start(t);
  const cable = await connect(t, daemon);
  await join(cable);
  const calls = app.calls.length;
  const back = await comeBack(t, daemon, cable.sid, [chat]);
  assert.deepEqual(await cable.waitForClose(), {code: 1000, reason: 'the session goes on at another connection'});
  assert.equal(cable.inbox.size, 0);
  await daemon.publish('s', '"x"');
  assert.deepEqual((await catchUp(back, chat)).map(({message}) => message), ['x']);
  assert.equal(app.calls.length, calls);
  assert.equal(await daemon.metric('ability_clients_num'), 1);
});

test('the header goes before the query, and works without', async (t) => {
  const {daemon} = await start(t);
  const cable = await connect(t, daemon);
  await drop(daemon, cable);
  const back = await comeBack(t, daemon, cable.sid, [], {query: '?sid=other', headers: {'X-ANYCABLE-RESTORE-SID': cable.sid}});
  await drop(daemon, back);
  await comeBack(t, daemon, back.sid, [], {query: '', headers: {'x-anycable-restore-sid': back.sid}});
  assert.deepEqual(await refusals(daemon), {});
});

test('a page that is left, and clients of the base protocol, end their sessions at once; other closes keep them', async (t) => {
  const {app, daemon} = await start(t);
  const away = await connect(t, daemon);
  away.socket.close(1001);
  assert.equal((await app.next('disconnect')).sid, away.sid);
  const base = await connectCable(t, daemon);
  base.socket.terminate();
  assert.equal((await app.next('disconnect')).sid, base.sid);
  const sids = [];
  for (const code of [1000, 3000, undefined]) {
    const cable = await connect(t, daemon);
    cable.socket.close(code);
    sids.push(cable.sid);
    await daemon.waitForMetric('ability_sessions_num', sids.length);
  }
  const broken = await connect(t, daemon);
  broken.socket._socket.write(Buffer.from([0x81, 0x01, 0x41])); // not masked
  await broken.waitForClose();
  await daemon.waitForMetric('ability_sessions_num', 4);
  for (const sid of [...sids, broken.sid]) await comeBack(t, daemon, sid, []);
  assert.equal(app.of('disconnect').length, 2);
});

test('who was sent away does not come back to the session', async (t) => {
  const {app, daemon} = await start(t);
  const open = await connect(t, daemon);
  const gone = await connect(t, daemon);
  await drop(daemon, gone);
  for (const {sid} of [open, gone]) {
    assert.equal((await daemon.post({command: 'disconnect', payload: {identifier: `{"user":"${sid}"}`, reconnect: true}})).status, 201);
  }
  await open.waitForClose();
  await app.next('disconnect');
  await app.next('disconnect');
  assert.deepEqual(app.of('disconnect').map(({sid}) => sid).sort(), [open.sid, gone.sid].sort());
  for (const {sid} of [open, gone]) assert.equal((await (await ask(t, daemon, sid)).next()).restored, undefined);
  assert.deepEqual(await refusals(daemon), {unknown: 2});
});

test('a sid that is not theirs lets nobody in, and harms nobody', async (t) => {
  const {app, daemon} = await start(t, ['--allowed-origins', '*,none']);
  const origin = 'http://a.example';
  const cable = await connect(t, daemon, {origin});
  await join(cable);
  await drop(daemon, cable);
  const {sid} = cable;
  const tries = [
    ['foreign', {origin: 'http://b.example'}],
    ['foreign', {}],
    ['unknown', {origin, query: `?sid=${sid.slice(0, -1)}${sid.endsWith('x') ? 'y' : 'x'}`}],
    ['unknown', {origin, query: '?sid=chosen-by-the-client'}],
    ['malformed', {origin, query: `?sid=${'a'.repeat(7000)}`}],
    ['malformed', {origin, query: '?sid=%00%ff%fe'}],
    ['malformed', {origin, query: `?sid=${encodeURIComponent(`${sid}'--`)}`}],
    ['malformed', {origin, query: '', headers: {'x-anycable-restore-sid': `${sid} ${sid}`}}],
    [undefined, {origin, query: '?sid='}],
    [undefined, {origin, query: `?sid=${sid}`, offered: ['actioncable-v1-json']}],
  ];
  const counts = {};
  for (const [reason, options] of tries) {
    const connects = app.of('connect').length;
    const other = await ask(t, daemon, sid, options);
    const welcome = await other.next('the welcome');
    assert.equal(welcome.restored, undefined, JSON.stringify(options));
    assert.match(welcome.sid, /^[\w-]{21}$/);
    assert.equal(app.of('connect').length, connects + 1, JSON.stringify(options));
    if (reason) counts[reason] = (counts[reason] ?? 0) + 1;
    assert.deepEqual(await refusals(daemon), counts, JSON.stringify(options));
  }
  await comeBack(t, daemon, sid, [chat], {origin});
  assert.equal((await (await ask(t, daemon, sid, {origin})).next()).restored, undefined, 'it is good for once');
});

test('a session with a stream that keeps no log is not told that it has all when it has not', async (t) => {
  const {daemon} = await start(t, ['--history-streams', 'off:off'], {subscribe: follow('s', 'off')});
  const cable = await connect(t, daemon);
  await join(cable);
  await daemon.publish('s', '1');
  const last = await cable.next();
  await drop(daemon, cable);
  await daemon.publish('s', '2');
  const back = await comeBack(t, daemon, cable.sid, [chat]);
  const streams = {s: {epoch: last.epoch, offset: last.offset}};
  // The other stream may have had something since, too; asked for alone, all of this one can be sent.
  back.send({command: 'history', identifier: chat, history: {since: 1, streams}});
  assert.equal((await back.next('history')).type, 'reject_history');
  back.send({command: 'history', identifier: chat, history: {streams}});
  assert.equal((await back.next('what was missed')).message, 2);
  assert.equal((await back.next('history')).type, 'confirm_history');
});

test('pages of another origin do not keep a client from its session', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2', '--allowed-origins', '*,none']);
  const origin = 'http://a.example';
  for (let round = 0; round < 50; round += 1) {
    const cable = await connect(t, daemon, {origin});
    if (round % 2) cable.socket.terminate();
    const foreign = Array.from({length: 4}, () => ask(t, daemon, cable.sid, {origin: 'http://b.example'}));
    const back = await ask(t, daemon, cable.sid, {origin});
    assert.equal((await back.next('the welcome')).restored, true, `round ${round}`);
    for (const each of await Promise.all(foreign)) assert.equal((await each.next('a welcome')).restored, undefined);
    for (const each of [back, ...await Promise.all(foreign)]) each.socket.terminate();
  }
});

test('a session that is bound to cookies comes back with the same ones only', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--sessions-bind', 'cookies=user,team']);
  const cable = await connect(t, daemon, {headers: {cookie: 'user=1; team=2; seen=a'}});
  const identifier = await cable.subscribe('s');
  await drop(daemon, cable);
  for (const headers of [{}, {cookie: 'user=2; team=2'}, {cookie: 'user=1'}, {cookie: 'user=1; team=2; team=3'}]) {
    assert.equal((await (await ask(t, daemon, cable.sid, {headers})).next()).restored, undefined, JSON.stringify(headers));
  }
  assert.deepEqual(await refusals(daemon), {foreign: 4});
  await comeBack(t, daemon, cable.sid, [identifier], {headers: {cookie: 'team=2; seen=b; user=1'}});
});

test('of many that ask for one session at once, one gets it', async (t) => {
  const {app, daemon} = await start(t, ['--lanes', '2']);
  for (const isOpen of [false, true]) {
    const cable = await connect(t, daemon);
    await join(cable);
    if (!isOpen) await drop(daemon, cable);
    const connects = app.of('connect').length;
    const all = await Promise.all(Array.from({length: 10}, () => ask(t, daemon, cable.sid)));
    const welcomes = await Promise.all(all.map((each) => each.next('a welcome')));
    assert.equal(welcomes.filter(({restored: is}) => is).length, 1);
    assert.equal(app.of('connect').length, connects + 9);
  }
});

test('a token must be valid, and of the same bearer', async (t) => {
  const daemon = await startDaemon(t, ['--jwt-secret', 's3cret', '--public-streams', '--broadcast-key', 'none']);
  const far = Math.floor(Date.now() / 1000) + 1000;
  const bearer = (claims, key = 's3cret') => ({headers: {'x-jid': jwt({ext: '{"user":1}', sub: 'u1', iss: 'me', exp: far, ...claims}, key)}});
  const cable = await connect(t, daemon, bearer({}));
  const identifier = await cable.subscribe('s');
  await drop(daemon, cable);
  for (const claims of [{ext: '{"user":2}'}, {sub: 'u2'}, {iss: 'you'}, {sub: undefined}]) {
    assert.equal((await (await ask(t, daemon, cable.sid, bearer(claims))).next()).restored, undefined, JSON.stringify(claims));
  }
  for (const options of [bearer({exp: 1000}), bearer({}, 'guess'), {}]) {
    assert.equal((await (await ask(t, daemon, cable.sid, options)).next()).type, 'disconnect');
  }
  assert.deepEqual(await refusals(daemon), {foreign: 4});
  const back = await comeBack(t, daemon, cable.sid, [identifier], bearer({exp: far + 1, jti: 'renewed'}));
  await daemon.publish('s', '"x"');
  assert.equal((await catchUp(back, identifier)).length, 1);
});

test('a client that comes back while the application is slow gets what was decided meanwhile', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, [], {message: async () => {
    await held.opened;
    return {status: 1, streams: ['later'], env: {cstate: {at: 'message'}}};
  }});
  const cable = await connect(t, daemon);
  await join(cable);
  act(cable, chat);
  await app.next('message');
  cable.socket.terminate();
  const asking = ask(t, daemon, cable.sid);  // its upgrade waits for the answer
  held.open();
  const back = await asking;
  assert.equal((await back.next('the welcome')).restored, true);
  assert.deepEqual(await catchUp(back, chat), []);
  await daemon.publish('later', '"x"');
  assert.equal((await back.next()).message, 'x');
});

test('bounds: the oldest sessions end, and the application hears of each', async (t) => {
  const {app, daemon} = await start(t, ['--sessions-max', '2', '--lanes', '1']);
  const cables = [];
  for (let each = 0; each < 4; each += 1) cables.push(await connect(t, daemon));
  for (const cable of cables) {
    const before = await daemon.metric('ability_clients_num');
    cable.socket.terminate();
    await daemon.waitForMetric('ability_clients_num', before - 1);
  }
  await app.next('disconnect');
  await app.next('disconnect');
  assert.deepEqual(app.of('disconnect').map(({sid}) => sid), [cables[0].sid, cables[1].sid]);
  assert.equal(await daemon.metric('ability_sessions_num'), 2);
  assert.equal(await daemon.metric('ability_sessions_dropped_total'), 2);
  assert.ok(await daemon.metric('ability_sessions_bytes') > 1000);
  await comeBack(t, daemon, cables[3].sid, []);
});

test('at the end of the daemon the application hears of all sessions, each once', async (t) => {
  const {app, daemon} = await start(t);
  const cables = [];
  for (let each = 0; each < 6; each += 1) cables.push(await connect(t, daemon));
  for (const cable of cables.slice(0, 3)) await drop(daemon, cable);
  await daemon.stop();
  assert.deepEqual(app.of('disconnect').map(({sid}) => sid).sort(), cables.map(({sid}) => sid).sort());
  assert.equal((await cables[5].next('the goodbye')).type, 'disconnect');
});

test('SIGHUP changes how long sessions are kept, also those that are', async (t) => {
  const app = await startHttpApp(t);
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-file-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  const file = path.join(folder, 'abilityd.toml');
  const write = (ttl) => writeFileSync(file, `rpc_host = "${app.url}"\nsessions_ttl = "${ttl}"\n`);
  write('1h');
  const daemon = await startDaemon(t, ['--config-path', file]);
  const cable = await connect(t, daemon);
  await drop(daemon, cable);
  const open = await connect(t, daemon);
  write('0');
  daemon.signal('SIGHUP');
  assert.equal((await app.next('disconnect')).sid, cable.sid);
  open.socket.terminate();
  assert.equal((await app.next('disconnect')).sid, open.sid);
  const late = await ask(t, daemon, open.sid);
  assert.equal((await late.next()).restored, undefined);
  assert.equal(await daemon.metric('ability_sessions_num'), 0);
});

/** An unmodified client whose socket the test can cut. */
async function anycable(t, daemon, stream) {
  const cable = createCable(`${daemon.url.replace('http', 'ws')}/cable`, {
    protocol: 'actioncable-v1-ext-json', websocketImplementation: WebSocket, logLevel: 'error', reconnectStrategy: () => 20,
  });
  defer(t, () => cable.disconnect());
  const events = new Inbox();
  const messages = new Inbox();
  cable.on('connect', (event) => events.push(event));
  const subscription = cable.subscribeTo('ChatChannel', {stream});
  subscription.on('message', (message) => messages.push(message));
  await within(subscription.ensureSubscribed(), 'the subscription');
  assert.deepEqual(await events.next('connected'), {reconnect: false, restored: false});
  return {cable, events, messages, cut: () => cable.transport.ws.terminate()};
}

test('@anycable/core comes back again and again without a call to the application', async (t) => {
  const {app, daemon} = await start(t, ['--sessions-ttl', '3s', '--ping-interval', '1'], {
    subscribe: ({body: {identifier}}) => (
      {status: 1, streams: [JSON.parse(identifier).stream], transmissions: [confirmation(identifier)]}),
  });
  const clients = [];
  for (let each = 0; each < 10; each += 1) clients.push(await anycable(t, daemon, `stream-${each}`));
  const calls = app.calls.length;
  for (let round = 0; round < 5; round += 1) {
    for (const {cut} of clients) cut();
    for (const {events} of clients) assert.deepEqual(await events.next('restored'), {reconnect: true, restored: true});
    assert.equal(app.calls.length, calls, 'no call');
    for (const [at, {messages}] of clients.entries()) {
      await daemon.publish(`stream-${at}`, `"${round}"`);
      assert.equal(await messages.next('a message'), `${round}`);
    }
  }
  assert.equal(await daemon.metric('ability_sessions_restored_total'), 50);
  for (const {cable} of clients) cable.disconnect();
  await eventually('the ends of all', () => app.of('disconnect').length >= clients.length);
  await daemon.stop();
  const ended = app.of('disconnect');
  assert.equal(ended.length, clients.length);
  assert.deepEqual(ended.map(({body}) => body.identifiers).sort(), app.of('connect').map(({sid}) => `{"user":"${sid}"}`).sort());
  assert.equal(app.calls.length, calls + clients.length);
});
