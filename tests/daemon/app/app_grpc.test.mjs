// Labels: hardened
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import {test} from 'node:test';
import {failedCall, rejected, sentAway} from '../support/app_outcomes.mjs';
import {confirmation, follow, gate, rejection, welcome} from '../support/app_script.mjs';
import {connectCable, openCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {codes, failing, never, startGrpcApp, tlsCredentials} from '../support/grpc_app.mjs';
import {connectRaw} from '../support/raw.mjs';
import {freePort} from '../support/ports.mjs';

async function start(t, script = {}, args = [], options = {}) {
  const app = await startGrpcApp(t, script);
  const daemon = await startDaemon(t, ['--rpc-host', app.address, ...args], options);
  return {app, daemon};
}

for (const [how, options] of [
  ['--rpc_host=host:port', (address) => ({args: [`--rpc_host=${address}`]})],
  ['grpc://', (address) => ({args: ['--rpc-host', `grpc://${address}`]})],
  ['dns:///', (address) => ({args: ['--rpc-host', `dns:///${address.replace('127.0.0.1', 'localhost')}`]})],
  ['grpc-list://', (address) => ({args: ['--rpc-host', `grpc-list://${address},${address}`]})],
  ['ANYCABLE_RPC_HOST', (address) => ({args: [], env: {ANYCABLE_RPC_HOST: address}})],
]) {
  test(`a client is let in, subscribes, acts and leaves by gRPC (${how})`, async (t) => {
    const app = await startGrpcApp(t, {
      connect: ({sid}) => ({status: 1, identifiers: '{"user":"1"}', transmissions: [welcome(sid)], env: {cstate: {c: '1'}}}),
      subscribe: ({body}) => ({status: 1, streams: ['a', 'b'], transmissions: [confirmation(body.identifier)], env: {istate: {i: '2'}}}),
      message: {status: 1, stopped_streams: ['a'], transmissions: ['{ "b":1, "a":1.10}', '"\u2028é"']},
    });
    const {args, env} = options(app.address);
    const daemon = await startDaemon(t, [...args, '--broadcast-key', 'none'], {env});
    const cable = await connectCable(t, daemon, {path: '/cable?x=1', headers: {cookie: 'a=b=c; d=1 2'}});
    const of = {url: `${daemon.url}/cable?x=1`, headers: {cookie: 'a=b=c; d=1 2', REMOTE_ADDR: '127.0.0.1'}};
    const connect = await app.next('connect');
    assert.deepEqual(connect.body, {env: of});
    const identifier = await join(cable, channel('ChatChannel', {note: 'é😀'}));
    assert.deepEqual((await app.next('subscribe')).body,
      {command: 'subscribe', identifier, connection_identifiers: '{"user":"1"}', env: {...of, cstate: {c: '1'}}});
    for (const stream of ['a', 'b']) {
      await daemon.publish(stream, `"${stream}"`);
      assert.deepEqual(await cable.next(), {identifier, message: stream});
    }
    const data = '{"action":"speak","text":"é\\u00e9"}';
    act(cable, identifier, data);
    const env2 = {...of, cstate: {c: '1'}, istate: {i: '2'}};
    assert.deepEqual((await app.next('message')).body,
      {command: 'message', identifier, data, connection_identifiers: '{"user":"1"}', env: env2});
    assert.equal(await cable.nextText(), '{ "b":1, "a":1.10}');
    assert.equal(await cable.nextText(), '"\u2028é"');
    await daemon.publish('a', '1');
    await daemon.publish('b', '2');
    assert.deepEqual(await cable.next(), {identifier, message: 2});
    await cable.leave();
    const {istate, ...rest} = (await app.next('disconnect')).body.env;
    assert.deepEqual(rest, {...of, cstate: {c: '1'}});
    assert.deepEqual(JSON.parse(istate[identifier]), {i: '2'});
    const {body} = app.of('disconnect')[0];
    assert.equal(body.identifiers, '{"user":"1"}');
    assert.deepEqual(body.subscriptions, [identifier]);
    for (const {metadata} of app.calls) {
      assert.equal(metadata.sid, cable.sid);
      assert.equal(metadata.protov, 'v1');
    }
    assert.equal(app.calls.length, 4);
  });
}

test('states are merged as deltas, and gone with the subscription', async (t) => {
  const replies = [{cstate: {b: '20'}, istate: {i: 'x', j: 'y'}}, {cstate: {a: ''}, istate: {i: ''}}, {}];
  const {app, daemon} = await start(t, {
    connect: ({sid}) => ({status: 1, identifiers: '{}', transmissions: [welcome(sid)], env: {cstate: {a: '1', b: '2'}}}),
    message: () => ({status: 1, env: replies.shift()}),
  });
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  for (const expected of [
    {cstate: {a: '1', b: '2'}, istate: undefined},
    {cstate: {a: '1', b: '20'}, istate: {i: 'x', j: 'y'}},
    {cstate: {b: '20'}, istate: {j: 'y'}},
  ]) {
    act(cable, identifier);
    const {cstate, istate} = (await app.next('message')).body.env;
    assert.deepEqual({cstate, istate}, expected);
  }
  cable.send({command: 'unsubscribe', identifier});
  await app.next('unsubscribe');
  await join(cable, identifier);
  act(cable, identifier);
  assert.equal((await app.next('message')).body.env.istate, undefined);
});

test('stop_streams, disconnect, FAILURE and ERROR mean what they mean by HTTP', async (t) => {
  const {app, daemon} = await start(t, {subscribe: follow('a', 'b'), message: {status: 1, stop_streams: true, streams: ['c']}},
    ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  act(cable, identifier);
  await cable.expectQuiet();
  for (const [stream, data] of [['a', '1'], ['b', '2'], ['c', '3']]) await daemon.publish(stream, data);
  assert.deepEqual(await cable.next(), {identifier, message: 3});
  app.script.subscribe = ({body}) => ({status: 2, transmissions: [rejection(body.identifier)]});
  const other = channel('Other');
  cable.send({command: 'subscribe', identifier: other});
  assert.equal(await cable.nextText(), rejection(other));
  app.script.subscribe = {status: 0, error_msg: 'oops', transmissions: ['"x"']};
  await rejected(cable, other);
  app.script.subscribe = {status: 2};
  await rejected(cable, other);
  await cable.expectQuiet();
  app.script.message = {status: 1, disconnect: true, transmissions: ['"bye"']};
  act(cable, identifier);
  assert.equal(await cable.nextText(), '"bye"');
  assert.equal((await cable.waitForClose()).code, 1000);
});

test('connect may refuse: FAILURE with the words of the application or without, ERROR with none', async (t) => {
  const farewell = '{"type":"disconnect","reason":"invalid_request","reconnect":false}';
  const {app, daemon} = await start(t, {connect: {status: 2, transmissions: [farewell]}});
  const cable = await openCable(t, daemon);
  assert.equal(await cable.nextText(), farewell);
  assert.equal((await cable.waitForClose()).code, 1000);
  app.script.connect = {status: 2};
  assert.equal((await (await openCable(t, daemon)).next()).reason, 'unauthorized');
  for (const reply of [{status: 0, transmissions: ['"x"']}, {}, {status: 7}]) {
    app.script.connect = reply;
    await sentAway(t, daemon);
    await sentAway(t, daemon, []);
  }
});

for (const [code, status] of [
  ['UNAUTHENTICATED', 'unauthorized'], ['INVALID_ARGUMENT', 'invalid'], ['UNKNOWN', 'broken'], ['UNIMPLEMENTED', 'broken'],
  ['INTERNAL', 'broken'], ['DEADLINE_EXCEEDED', 'timed_out'],
]) {
  test(`${code} lets nobody in, rejects a subscription, and is not asked again`, async (t) => {
    const {app, daemon} = await start(t);
    const cable = await connectCable(t, daemon);
    app.script = {connect: () => failing(codes[code]), subscribe: () => failing(codes[code])};
    await sentAway(t, daemon);
    await daemon.waitForLog(failedCall(status));
    await rejected(cable);
    assert.equal(app.calls.length, 3);
    assert.equal(await daemon.metric('ability_rpc_retries_total'), 0);
    await cable.expectQuiet();
  });
}

for (const code of ['UNAVAILABLE', 'RESOURCE_EXHAUSTED']) {
  test(`${code} is asked again`, async (t) => {
    let left = 2;
    const {app, daemon} = await start(t, {connect: ({sid}) => {
      left -= 1;
      return left >= 0 ? failing(codes[code]) : {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
    }});
    await connectCable(t, daemon);
    assert.equal(app.of('connect').length, 3);
    assert.equal(await daemon.metric('ability_rpc_retries_total'), 2);
  });
}

test('an application that does not answer in time is not asked again', async (t) => {
  const {app, daemon} = await start(t, {}, ['--rpc-request-timeout', '200']);
  const cable = await connectCable(t, daemon);
  app.script = {connect: () => never, subscribe: () => never};
  await sentAway(t, daemon);
  await rejected(cable);
  assert.equal(await daemon.metric('ability_rpc_timeout_total'), 2);
  assert.equal(app.calls.length, 3);
});

test('an answer may be as large as --rpc-max-call-recv-size', async (t) => {
  const {app, daemon} = await start(t, {}, ['--rpc-max-call-recv-size', '10000']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  app.script.message = {status: 1, transmissions: ['x'.repeat(9_900)]};
  act(cable, identifier);
  assert.match(await cable.nextText(), /^x{9900}$/);
});

test('an application that is down, comes up late and restarts is reached without a restart of the daemon', async (t) => {
  const port = await freePort();
  const daemon = await startDaemon(t, ['--rpc-host', `127.0.0.1:${port}`, '--broadcast-key', 'none']);
  const pending = openCable(t, daemon);
  await daemon.waitForMetric('ability_rpc_retries_total', (count) => count >= 1);
  const app = await startGrpcApp(t, {subscribe: follow('a')}, {port});
  const cable = await pending;
  assert.equal((await cable.next()).type, 'welcome');
  const identifier = await join(cable);
  app.script.subscribe = undefined;
  for (let restarts = 0; restarts < 2; restarts += 1) {
    app.stop();
    await daemon.publish('a', '1');
    assert.deepEqual(await cable.next(), {identifier, message: 1}, 'the connection outlives the application');
    await app.start();
    await join(cable, channel('Again', {restarts}));
  }
  await daemon.stop(); // while the application is there to be told
});

test('an application that stays down: 1011, in time', async (t) => {
  const daemon = await startDaemon(t, ['--rpc-host', `127.0.0.1:${await freePort()}`, '--rpc-command-timeout', '300ms']);
  await sentAway(t, daemon);
  assert.match(await daemon.waitForLog(failedCall('(unavailable|timed_out)')), /sid=\S+/);
  await sentAway(t, daemon, []);
});

// Servers at the wrong port, by what they do with a connection.
const strangers = {
  'answers in HTTP/1.1': () => http.createServer((_, answer) => answer.end('ok')),
  'answers in HTTP/1.1 before it is asked': () => net.createServer((socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  }),
  'refuses in HTTP/1.1': () => net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  }),
  'says nothing': () => net.createServer((socket) => socket.on('error', () => {})),
};
for (const [what, make] of Object.entries(strangers)) {
  test(`a server that ${what} is named as none of gRPC, and clients are told to come back`, async (t) => {
    const sockets = new Set();
    const stranger = make().on('connection', (socket) => sockets.add(socket));
    await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    defer(t, () => {
      for (const socket of sockets) socket.destroy();
      stranger.close();
    });
    const {port} = stranger.address();
    const daemon = await startDaemon(t, ['--rpc-host', `127.0.0.1:${port}`, '--rpc-command-timeout', '1500ms']);
    for (let tried = 0; tried < 3; tried += 1) await sentAway(t, daemon);
    assert.match(await daemon.waitForLog(/app server call failed.*HTTP\/2/), new RegExp(`127.0.0.1:${port} takes connections`));
    assert.equal(daemon.end, undefined);
  });
}

test('a list of names and of addresses of both families: all servers are asked in turn', async (t) => {
  const script = {subscribe: follow('a')};
  const apps = [await startGrpcApp(t, script), await startGrpcApp(t, script, {host: '[::1]'}), await startGrpcApp(t, script)];
  const [first, second, third] = apps;
  const daemon = await startDaemon(t, ['--rpc-host', `grpc-list://localhost:${first.port},${second.address},${third.address}`]);
  await eventually('calls at all servers', async () => {
    await join(await connectCable(t, daemon));
    return apps.every((app) => app.calls.length > 0);
  });
  // Two are away: the third is asked, and the others again once they are back.
  first.stop();
  second.stop();
  for (let tried = 0; tried < 4; tried += 1) await join(await connectCable(t, daemon));
  await second.start();
  const before = second.calls.length;
  await eventually('a call at the server that is back', async () => {
    await join(await connectCable(t, daemon));
    return second.calls.length > before;
  });
});

test('a server that does not speak gRPC among others costs no call', async (t) => {
  const stranger = http.createServer((_, answer) => answer.end('ok'));
  await new Promise((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  defer(t, () => stranger.close());
  const app = await startGrpcApp(t);
  const daemon = await startDaemon(t, ['--rpc-host', `grpc-list://127.0.0.1:${stranger.address().port},${app.address}`]);
  for (let tried = 0; tried < 20; tried += 1) await connectCable(t, daemon);
  assert.equal(app.of('connect').length, 20);
});

test('a name that nobody knows is named, and clients are told to come back', async (t) => {
  const daemon = await startDaemon(t, ['--rpc-host', 'nowhere.invalid:50051', '--rpc-command-timeout', '1500ms']);
  await sentAway(t, daemon);
  assert.match(await daemon.waitForLog(/app server call failed/), /cannot resolve nowhere.invalid|not resolved in time/);
  await daemon.stop();
});

test('a client that goes while it is asked about leaves nothing behind', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {subscribe: async (call) => {
    await held.opened;
    return follow('a')(call);
  }}, ['--debug']);
  const cable = await connectCable(t, daemon);
  cable.send({command: 'subscribe', identifier: channel()});
  await app.next('subscribe');
  cable.socket.terminate();
  await daemon.waitForLog(new RegExp(`client disconnected sid=${cable.sid}`));
  held.open();
  assert.equal((await app.next('disconnect')).sid, cable.sid);
  await daemon.waitForMetric('ability_rpc_pending_num', 0);
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 0);
});

test('no more calls at a time than --rpc-concurrency; broadcasts do not wait for them', async (t) => {
  const held = gate();
  let under = 0;
  let most = 0;
  const {app, daemon} = await start(t, {subscribe: async (call) => {
    under += 1;
    most = Math.max(most, under);
    await held.opened;
    under -= 1;
    return follow('a')(call);
  }}, ['--rpc-concurrency', '3', '--public-streams', '--broadcast-key', 'none']);
  const cables = [];
  for (let made = 0; made < 8; made += 1) cables.push(await connectCable(t, daemon));
  const listener = await connectCable(t, daemon);
  const identifier = await listener.subscribe('news');
  for (const cable of cables) cable.send({command: 'subscribe', identifier: channel()});
  await eventually('three calls', () => app.of('subscribe').length === 3);
  await daemon.waitForMetric('ability_rpc_pending_num', 8);
  await daemon.publish('news', '1');
  assert.deepEqual(await listener.next(), {identifier, message: 1});
  assert.equal(app.of('subscribe').length, 3);
  held.open();
  for (const cable of cables) assert.equal((await cable.next()).type, 'confirm_subscription');
  assert.equal(most, 3);
});

test('a header that is no UTF-8 reaches the application as UTF-8', async (t) => {
  const {app, daemon} = await start(t);
  const raw = await connectRaw(t, daemon.port);
  raw.write(Buffer.from('GET /cable HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n'
    + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: a=\xe9\xff; b=1\r\n\r\n', 'latin1'));
  assert.equal((await raw.nextResponse()).status, 101);
  const {cookie} = (await app.next('connect')).body.env.headers;
  assert.match(cookie, /^a=[^;]+; b=1$/);
  await daemon.stop();
  assert.doesNotMatch(daemon.lines.join('\n'), /UTF-8/, 'gRPC has nothing to complain about');
});

test('SIGTERM: the application is told of all who were connected', async (t) => {
  const {app, daemon} = await start(t, {}, ['--disconnect-rate', '1']);
  const cables = await Promise.all(Array.from({length: 30}, () => connectCable(t, daemon)));
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  assert.deepEqual(app.of('disconnect').map(({sid}) => sid).sort(), cables.map(({sid}) => sid).sort());
});

test('SIGTERM ends the daemon although the application hangs', async (t) => {
  const {app, daemon} = await start(t, {subscribe: () => never, disconnect: () => never},
    ['--shutdown-timeout', '1', '--rpc-request-timeout', '60s', '--rpc-command-timeout', '60s']);
  const cable = await connectCable(t, daemon);
  cable.send({command: 'subscribe', identifier: channel()});
  await app.next('subscribe');
  daemon.signal('SIGTERM');
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
});

test('TLS, with and without a look at the certificate', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const app = await startGrpcApp(t, {}, {credentials: tlsCredentials(pem, readFileSync(key))});
  const tls = ['--rpc-host', `localhost:${app.port}`, '--rpc-enable-tls'];
  await join(await connectCable(t, await startDaemon(t, [...tls, '--rpc-tls-root-ca', certificate])));
  await join(await connectCable(t, await startDaemon(t, [...tls, '--rpc-tls-verify=false'])));
  await sentAway(t, await startDaemon(t, [...tls, '--rpc-command-timeout', '300ms']));
});
