// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {confirmation, gate} from '../support/app_script.mjs';
import {connectCable, protocols, refusedUpgrade} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {channel} from '../support/channel.mjs';
import {runDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {assertPacket, carriers, code, connectFly, errorOf, flag, flyPort, greetFly, packet, startFly, subprotocol,
  unpack} from '../support/fly.mjs';
import {never, plain, startHttpApp} from '../support/http_app.mjs';
import {connectRaw, frame, opcodes} from '../support/raw.mjs';
import {jwt, seconds, signStream} from '../support/tokens.mjs';

const secret = 's3cret';
const keyed = (...args) => ['--jwt-secret', secret, '--jwt-leeway', '0', '--public-streams', '--broadcast-key', 'none', ...args];
const ext = '{"user":"1"}';
const order = (identifier, rest = {}) => ({command: 'disconnect', payload: {identifier, ...rest}});

async function saysHelo(client, said = {}, sequence = 9) {
  client.send(flag.helo, {sequence, buffer: typeof said === 'string' || Buffer.isBuffer(said) ? said : JSON.stringify(said)});
}

/** It is told `number` and `text` in answer to that Helo, and then closed. */
async function refused(t, daemon, said, number, text, options) {
  const client = await connectFly(t, daemon, options);
  await saysHelo(client, said);
  return client.expectEnd(number, text, {sequence: 9});
}

// -- the answer --

for (const over of carriers) {
  test(`a Helo over ${over} is answered with what is granted, and its sequence`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    for (const sequence of [0, 1, 255]) {
      const client = await connectFly(t, daemon, {over});
      const granted = await client.helo({version: 1, serializers: ['msgpack', 'unheard of', 'json'],
        compression: ['deflate'],
        ack: true, role: 'client', headers: {cookie: 'a=1'}, unknown: {key: 1}}, {sequence});
      assert.ok(granted.session.length >= 16);
      delete granted.session;
      // There is no backend that could serialize, compress or acknowledge.
      assert.deepEqual(granted, {version: 1, serializer: 'json', max_payload: 65_535});
    }
    assert.equal(await daemon.metric('ability_clients_num'), 3);
    assert.equal(await daemon.metric('ability_failed_auths_total'), 0);
  });

  test(`every session over ${over} has a name of its own, by which it can be closed`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const [stays, goes, returns] = [await greetFly(t, daemon, {over}), await greetFly(t, daemon, {over}),
      await greetFly(t, daemon, {over})];
    await daemon.post(order(JSON.stringify({sid: goes.sid}), {reconnect: false}));
    await goes.expectEnd(code.forbidden, /remote/);
    await daemon.post(order(JSON.stringify({sid: returns.sid}), {reconnect: true}));
    await returns.expectEnd(code.closing, /remote/);
    await stays.ping('still here');
    await daemon.waitForMetric('ability_clients_num', 1);
  });

  test(`a second Helo over ${over} is refused, and the connection lives`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const client = await greetFly(t, daemon, {over});
    await saysHelo(client, {}, 77);
    const answer = await client.expect({flag: flag.heloError, sequence: 77});
    assert.equal(errorOf(answer).code, code.forbidden);
    await client.subscribe(1, 's');
    const late = await connectFly(t, daemon, {over});
    await late.subscribe(1, 's');
    await saysHelo(late, {}, 78);
    assert.equal(errorOf(await late.expect({flag: flag.heloError, sequence: 78})).code, code.forbidden);
    await daemon.publish('s', '1');
    for (const each of [client, late]) assert.equal(await each.hear(1), '1');
  });

  test(`what is no Helo is refused over ${over}, and only that connection is closed`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const bystander = await greetFly(t, daemon, {over});
    const wrong = ['', ' ', 'no JSON', '[]', '1', 'null', '"x"', '{', '{"version":2}', '{"version":0}', '{"version":"1"}',
      '{"version":1.5}', '{"version":-1}', '{"version":18446744073709551617}', '{"token":1}', '{"token":{}}',
      '{"headers":[]}', '{"headers":{"cookie":1}}', '{"serializers":"json"}', '{"serializers":[1]}', '{"compression":1}',
      '{"ack":"yes"}', '{"role":1}', Buffer.from('{"token":"\xff"}', 'latin1'), '['.repeat(60_000)];
    for (const said of wrong) await refused(t, daemon, said, code.badPayload, /./, {over});
    await daemon.waitForMetric('ability_clients_num', 1);
    await bystander.ping();
    // A key that is null is one that is not there.
    await greetFly(t, daemon, {over, helo: {version: null, token: null, headers: null, role: null, serializers: null}});
  });

  test(`only clients are let in over ${over}`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    for (const role of ['gateway', 'backend', 'Client', 'admin']) {
      await refused(t, daemon, {role, proof: 'x', nonce: 'y'}, code.forbidden, /./, {over});
    }
    await greetFly(t, daemon, {over, helo: {role: ''}});
  });

  test(`a stray answer to a Helo over ${over} is none of its own`, async (t) => {
    const daemon = await startFly(t, ['--public']);
    const client = await connectFly(t, daemon, {over});
    client.send(flag.heloAnswer, {sequence: 1, buffer: '{"version":1,"session":"x"}'});
    client.send(flag.heloError, {sequence: 1, buffer: Buffer.from([0, 0, 0x28, 0xa1])});
    await client.helo();
    await client.expectQuiet();
    assert.equal(await daemon.metric('ability_failed_client_msg_total'), 2);
  });

  test(`what is sent along with the Helo over ${over} is obeyed once its sender is in, in order`, async (t) => {
    const asked = gate();
    const app = await startHttpApp(t, {connect: async () => {
      await asked.opened;
      return {status: 1, identifiers: ext, transmissions: ['{"type":"welcome"}']};
    }});
    const daemon = await startFly(t, ['--rpc-host', app.url, '--public-streams', '--broadcast-key', 'none']);
    const client = await connectFly(t, daemon, {over});
    client.write(Buffer.concat([packet(flag.helo, {sequence: 1, buffer: '{}'}),
      packet(flag.subscribe, {command: 1, sequence: 2, buffer: 's'}), packet(flag.ping, {sequence: 3}),
      packet(flag.call, {command: 7, sequence: 4}), packet(flag.subscribe, {command: 2, sequence: 5, buffer: 't'})]));
    await app.next('connect');
    assert.equal(client.packets, 0);
    asked.open();
    await client.expect({flag: flag.heloAnswer, sequence: 1});
    const rest = [];
    for (let got = 0; got < 4; got += 1) rest.push(await client.next());
    // Subscriptions are confirmed by their streams, the others are answered at once.
    const by = (flagByte) => rest.filter((one) => one.flag === flagByte).map((one) => one.sequence);
    assert.deepEqual([by(flag.confirm), by(flag.pong), by(flag.error)], [[2, 5], [3], [4]]);
    await client.expectQuiet();
  });

  test(`without a word over ${over} a client is told so, and closed`, async (t) => {
    const daemon = await startFly(t, ['--public', '--handshake-timeout', '400ms']);
    const since = performance.now();
    const clients = [await connectFly(t, daemon, {over}), await connectFly(t, daemon, {over})];
    // Pings say nothing of who it is.
    await clients[1].ping('x');
    for (const client of clients) await client.expectEnd(code.unauthorized, /./);
    assert.ok(performance.now() - since > 300, 'not at once');
    await daemon.waitForMetric('ability_clients_num', 0);
    const quick = await greetFly(t, daemon, {over});
    assert.ok(quick.granted.session);
  });

  test(`over ${over} a client that the application does not answer for in time is told to come back`, async (t) => {
    const app = await startHttpApp(t, {connect: () => never});
    const daemon = await startFly(t, ['--rpc-host', app.url, '--handshake-timeout', '400ms', '--shutdown-timeout', '1s',
      '--rpc-request-timeout', '60s', '--rpc-command-timeout', '60s']);
    await refused(t, daemon, {}, code.closing, 'try again later', {over});
    await daemon.waitForMetric('ability_clients_num', 0);
  });
}

// -- tokens --

for (const over of carriers) {
  test(`a token in the Helo over ${over} lets its bearer in, with the identity it holds`, async (t) => {
    const daemon = await startFly(t, keyed());
    const client = await greetFly(t, daemon, {over, helo: {token: jwt({ext, exp: seconds() + 60}, secret)}});
    await client.subscribe(1, 's');
    await daemon.post(order(ext, {reconnect: false}));
    await client.expectEnd(code.forbidden, /remote/);
  });

  test(`without a right token nobody gets in over ${over}`, async (t) => {
    const daemon = await startFly(t, keyed());
    const good = jwt({ext}, secret);
    for (const token of [jwt({ext}, 'wrong'), `${good}x`, 'x', '..', jwt({ext}, secret, {alg: 'HS256', signAs: 'HS512'}),
      jwt({}, secret), jwt({ext, exp: 'x'}, secret)]) {
      await refused(t, daemon, {token}, code.unauthorized, 'unauthorized', {over});
    }
    await refused(t, daemon, {}, code.unauthorized, 'unauthorized', {over});
    await refused(t, daemon, {headers: {authorization: `Bearer ${good}`}}, code.unauthorized, 'unauthorized', {over});
    await refused(t, daemon, {identity: ext, session: 'x'}, code.unauthorized, 'unauthorized', {over});
    await refused(t, daemon, {token: jwt({ext, exp: seconds() - 1}, secret)}, code.unauthorized, 'token_expired', {over});
    for (const first of [packet(flag.subscribe, {buffer: 's'}), packet(flag.call, {command: 1}), Buffer.alloc(6)]) {
      const client = await connectFly(t, daemon, {over});
      client.write(first);
      await client.expectEnd(code.unauthorized, 'unauthorized');
    }
    assert.equal(await daemon.metric('ability_failed_auths_total'), 14);
    assert.equal(await daemon.metric('ability_clients_num'), 0);
  });

  test(`when its token expires a client over ${over} is closed, and told why`, async (t) => {
    const daemon = await startFly(t, keyed());
    const expires = seconds() + 2;
    const client = await greetFly(t, daemon, {over, helo: {token: jwt({ext, exp: expires}, secret)}});
    const forEver = await greetFly(t, daemon, {over, helo: {token: jwt({ext}, secret)}});
    await client.subscribe(1, 's');
    await client.expectEnd(code.unauthorized, 'token_expired');
    assert.ok(Date.now() / 1000 >= expires - 0.1, 'not before its time');
    await forEver.ping();
  });
}

test('--enforce-jwt lets nobody in without a token, and --public does without', async (t) => {
  const app = await startHttpApp(t);
  const strict = await startFly(t, keyed('--enforce-jwt', '--rpc-host', app.url));
  await refused(t, strict, {}, code.unauthorized, 'unauthorized');
  await greetFly(t, strict, {helo: {token: jwt({ext}, secret)}});
  assert.equal(app.calls.length, 0);
  const open = await startFly(t, ['--noauth', '--streams-secret', secret]);
  const client = await greetFly(t, open);
  await client.subscribe(1, signStream('s', secret));
});

test('over WebSocket the request may bear the token, too', async (t) => {
  const daemon = await startFly(t, keyed());
  const token = jwt({ext}, secret);
  for (const options of [{path: `/cable?jid=${token}`}, {headers: {'x-jid': token}},
    {offered: [subprotocol, `anycable-token.${token}`]}]) {
    const client = await greetFly(t, daemon, {over: 'websocket', ...options});
    await client.subscribe(1, 's');
    const silent = await connectFly(t, daemon, {over: 'websocket', ...options});
    await silent.subscribe(1, 's');
  }
  // What the Helo says goes before.
  await refused(t, daemon, {token: jwt({ext}, 'wrong')}, code.unauthorized, 'unauthorized',
    {over: 'websocket', path: `/cable?jid=${token}`});
});

test('--jwt-param changes nothing about the Helo', async (t) => {
  const daemon = await startFly(t, keyed('--jwt-param', 'ticket'));
  await greetFly(t, daemon, {helo: {token: jwt({ext}, secret)}});
});

test('no token shows up in the log', async (t) => {
  const daemon = await startFly(t, keyed('--debug'));
  const [good, bad] = [jwt({ext}, secret), jwt({ext}, 'wrong')];
  const client = await greetFly(t, daemon, {helo: {token: good}});
  await refused(t, daemon, {token: bad}, code.unauthorized);
  await refused(t, daemon, `{"token":"${good}"`, code.badPayload);
  await client.leave();
  await daemon.stop();
  const log = daemon.lines.join('\n');
  for (const token of [good, bad]) assert.ok(!log.includes(token.split('.')[2]), 'a signature is in the log');
  assert.ok(log.includes(client.sid));
});

// -- the application --

test('the application is asked with the headers that it may see, and the token', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startFly(t, ['--rpc-host', app.url, '--headers', 'cookie,x-api-key,authorization',
    '--proxy-cookies', 'a,c']);
  const device = await greetFly(t, daemon, {helo: {token: 'opaque', headers: {cookie: 'a=1; b=2; c=3', 'x-api-key': 'k',
    'x-other': 'hidden', remote_addr: '6.6.6.6', REMOTE_ADDR: '6.6.6.6'}}});
  const {sid, body} = await app.next('connect');
  assert.equal(sid, device.sid);
  assert.deepEqual(body.env.headers, {cookie: 'a=1; c=3', 'x-api-key': 'k', authorization: 'Bearer opaque',
    REMOTE_ADDR: '127.0.0.1'});
  assert.match(body.env.url, /^tcp:\/\/127\.0\.0\.1:\d+/);
  assert.equal(new URL(body.env.url).port, String(flyPort(daemon)));
  const browserish = await greetFly(t, daemon, {over: 'websocket', path: '/cable?room=1', headers: {cookie: 'a=9',
    'x-api-key': 'z'},
    helo: {headers: {cookie: 'a=2'}}});
  const asked = await app.next('connect');
  assert.equal(asked.sid, browserish.sid);
  assert.deepEqual(asked.body.env.headers, {cookie: 'a=2', 'x-api-key': 'z', REMOTE_ADDR: '127.0.0.1'});
  assert.match(asked.body.env.url, /\/cable\?room=1$/);
});

test('the identity is the application\'s word, and it hears of the end', async (t) => {
  const app = await startHttpApp(t, {connect: {status: 1, identifiers: ext, transmissions: ['{"type":"welcome","sid":"x"}'],
    env: {cstate: {k: 'v'}}}, subscribe: ({body}) => ({status: 1, transmissions: [confirmation(body.identifier)]})});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--broadcast-key', 'none']);
  for (const over of carriers) {
    const device = await greetFly(t, daemon, {over});
    await device.expectQuiet('a welcome is a browser\'s');
    await device.subscribe(1, channel());
    const {body} = await app.next('subscribe');
    assert.equal(body.connection_identifiers, ext);
    assert.deepEqual(body.env.cstate, {k: 'v'});
    device.destroy();
    const left = await app.next('disconnect');
    assert.equal(left.sid, device.sid);
    assert.deepEqual(left.body.subscriptions, [channel()]);
    assert.equal(left.body.identifiers, ext);
  }
});

test('an application that refuses, fails or does not answer keeps clients out, each in its way', async (t) => {
  let answer;
  const app = await startHttpApp(t, {connect: () => answer});
  const daemon = await startFly(t, ['--rpc-host', app.url, '--rpc-command-timeout', '300ms']);
  const bystander = await connectFly(t, daemon);
  for (const over of carriers) {
    for (const [each, number, text] of [
      [{status: 2}, code.unauthorized, 'unauthorized'],
      [{status: 2, transmissions: ['{"type":"disconnect","reason":"unauthorized"}']}, code.unauthorized, 'unauthorized'],
      [{status: 0}, code.closing, /./], [plain(500), code.closing, /./], [plain(401), code.closing, /./],
      [never, code.closing, /./], [{status: 1, identifiers: 7}, code.closing, /./]]) {
      answer = each;
      await refused(t, daemon, {}, number, text, {over});
    }
  }
  await bystander.ping();
  await app.stop();
  await refused(t, daemon, {}, code.closing, /./);
  answer = {status: 1, identifiers: ext};
  await app.start();
  await eventually('the application to be asked again', async () => {
    const client = await connectFly(t, daemon);
    await saysHelo(client);
    return (await client.next()).flag === flag.heloAnswer;
  }, {every: 100});
});

test('a client that leaves before the application has answered leaves nothing behind', async (t) => {
  const asked = gate();
  const app = await startHttpApp(t, {connect: async () => {
    await asked.opened;
    return {status: 1, identifiers: ext};
  }});
  const daemon = await startFly(t, ['--rpc-host', app.url]);
  const before = await daemon.descriptors();
  for (const over of carriers) {
    const client = await connectFly(t, daemon, {over});
    await saysHelo(client);
    await app.next('connect');
    client.destroy();
  }
  asked.open();
  const stays = await greetFly(t, daemon);
  await daemon.waitForMetric('ability_clients_num', 1);
  await stays.leave();
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 2);
});

test('--norpc asks no application', async (t) => {
  const app = await startHttpApp(t);
  const closed = await startFly(t, ['--rpc-host', app.url, '--norpc']);
  await refused(t, closed, {}, code.unauthorized, 'unauthorized');
  const open = await startFly(t, ['--rpc-host', app.url, '--norpc', '--public']);
  const client = await greetFly(t, open);
  client.rpc(1);
  await client.expect({flag: flag.error, command: 1});
  await client.refusedSubscribe(1, channel());
  assert.equal(app.calls.length, 0);
});

// -- connections --

test('no more than --max-conn get in, whatever they speak', async (t) => {
  const daemon = await startFly(t, ['--public', '--max-conn', '3']);
  const [tcp, websocket, browser] = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'}),
    await connectCable(t, daemon)];
  const late = await connectFly(t, daemon);
  late.write(packet(flag.helo, {buffer: '{}'}));
  await late.waitForEnd();
  assert.equal((await refusedUpgrade(`${daemon.url.replace('http', 'ws')}/cable`, {offered: [subprotocol]})).status, 503);
  await tcp.ping();
  await browser.expectQuiet();
  await websocket.leave();
  await daemon.waitForMetric('ability_clients_num', 2);
  await greetFly(t, daemon);
});

test('a client beyond --max-conn over TCP is told that it may come back', async (t) => {
  const daemon = await startFly(t, ['--public', '--max-conn', '1']);
  await greetFly(t, daemon);
  const late = await connectFly(t, daemon);
  await late.expectEnd(code.closing, /./);
});

test('the subprotocol is the first that the client offers and the daemon speaks', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const client = await greetFly(t, daemon, {over: 'websocket', offered: ['unknown', subprotocol, ...protocols]});
  assert.equal(client.socket.protocol, subprotocol);
  const browser = await connectCable(t, daemon, {offered: [...protocols, subprotocol]});
  assert.equal(browser.socket.protocol, protocols[0]);
});

test('FlyRPC over WebSocket is not compressed, whatever is offered', async (t) => {
  const daemon = await startFly(t, ['--public', '--enable-ws-compression']);
  const client = await greetFly(t, daemon, {over: 'websocket', perMessageDeflate: true});
  assert.equal(client.socket.extensions, '');
  await client.subscribe(1, 's');
  for (let at = 0; at < 3; at += 1) {
    await daemon.publish('s', JSON.stringify('x'.repeat(5_000)));
    assert.equal((await client.hear(1)).length, 5_002);
    await client.ping('x'.repeat(5_000));
  }
});

test('pages from elsewhere are refused as browsers\' WebSockets are', async (t) => {
  const daemon = await startFly(t, ['--public', '--allowed-origins', 'example.com']);
  const url = `${daemon.url.replace('http', 'ws')}/cable`;
  assert.equal((await refusedUpgrade(url, {offered: [subprotocol], origin: 'https://evil.example'})).status, 403);
  await greetFly(t, daemon, {over: 'websocket', origin: 'https://example.com'});
});

test('an upgrade that is none leaves nothing behind', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const before = await daemon.descriptors();
  for (const wrong of ['Sec-WebSocket-Version: 12', 'Sec-WebSocket-Version: 13']) {
    const raw = await connectRaw(t, daemon.port);
    raw.write(['GET /cable HTTP/1.1', 'Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', wrong,
      `Sec-WebSocket-Protocol: ${subprotocol}`, '', ''].join('\r\n'));
    const {status} = await raw.nextResponse();
    assert.ok(status >= 400 && status < 500, `answered ${status}`);
    raw.socket.end();
    await raw.waitForEnd();
  }
  await daemon.waitForMetric('ability_clients_num', 0);
  await eventually('the descriptors to be closed', async () => (await daemon.descriptors()) <= before + 1);
});

test('packets may come in one piece with the upgrade', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  const {status, headers} = await raw.upgrade({protocol: subprotocol, then: Buffer.concat([
    frame(opcodes.binary, packet(flag.helo, {sequence: 1, buffer: '{}'})),
    frame(opcodes.binary, packet(flag.ping, {sequence: 2, buffer: 'x'}))])});
  assert.equal(status, 101);
  assert.equal(headers['sec-websocket-protocol'], subprotocol);
  for (const expected of [{flag: flag.heloAnswer, sequence: 1}, {flag: flag.pong, sequence: 2, text: 'x'}]) {
    const {opcode, payload} = await raw.nextFrame();
    assert.equal(opcode, opcodes.binary);
    assertPacket(unpack(payload), expected);
  }
});

test('a frame may come byte by byte, and a packet in many fragments', async (t) => {
  const daemon = await startFly(t, ['--public']);
  const raw = await connectRaw(t, daemon.port);
  await raw.upgrade({protocol: subprotocol});
  raw.socket.setNoDelay(true);
  const helo = packet(flag.helo, {sequence: 1, buffer: '{"version":1}'});
  for (const byte of frame(opcodes.binary, helo)) raw.write(Buffer.from([byte]));
  assertPacket(unpack((await raw.nextFrame()).payload), {flag: flag.heloAnswer});
  const ping = packet(flag.ping, {sequence: 2, buffer: 'fragments'});
  ping.forEach((byte, at) => raw.write(frame(at === 0 ? opcodes.binary : opcodes.continuation, [byte],
    {fin: at === ping.length - 1})));
  assertPacket(unpack((await raw.nextFrame()).payload), {flag: flag.pong, text: 'fragments'});
});

// -- TLS --

test('over TLS everything is as over TCP', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const daemon = await startFly(t, ['--public', '--fly-listen', 'tcp://127.0.0.1:0,tls://127.0.0.1:0', '--ssl-cert',
    certificate,
    '--ssl-key', key, '--handshake-timeout', '400ms', '--close-timeout', '400ms']);
  const [safe, bare] = [await greetFly(t, daemon, {over: 'tls', secure: {ca: pem, servername: 'localhost'}}),
    await greetFly(t, daemon)];
  await safe.subscribe(1, 's');
  await bare.subscribe(2, 's');
  for (const size of [1, 20_000, 65_535]) {
    safe.say(1, 'x'.repeat(size));
    assert.ok(await bare.hear(2) === 'x'.repeat(size));
    bare.say(2, 'y'.repeat(size));
    assert.ok(await safe.hear(1) === 'y'.repeat(size));
  }
  await safe.ping('z'.repeat(65_535));
  // Who speaks no TLS there is hung up on, and so is who says nothing.
  const plainClient = await connectFly(t, daemon, {port: flyPort(daemon, 'tls')});
  plainClient.write(packet(flag.helo, {buffer: '{}'}));
  await plainClient.waitForEnd();
  assert.equal(plainClient.packets, 0);
  const silent = await connectFly(t, daemon, {port: flyPort(daemon, 'tls')});
  await silent.waitForEnd();
  const mute = await connectFly(t, daemon, {over: 'tls'});
  await mute.expectEnd(code.unauthorized, /./);
  await safe.leave();
});

test('what cannot be listened on ends the start with a reason', async (t) => {
  const other = await startFly(t, ['--public']);
  for (const [args, reason] of [
    [['--fly-listen', 'tls://127.0.0.1:0'], /ssl-cert/],
    [['--fly-listen', 'http://127.0.0.1:0'], /fly-listen/],
    [['--fly-listen', 'tcp://127.0.0.1'], /fly-listen/],
    [['--fly-listen', 'tcp://127.0.0.1:70000'], /fly-listen/],
    [['--fly-listen', `tcp://127.0.0.1:${flyPort(other)}`], /listen.*in use/],
    [['--fly-listen', 'tcp://192.0.2.1:0'], /listen/],
  ]) {
    const {code: exit, stderr} = await runDaemon(['--host', '127.0.0.1', '--port', '0', '--public', ...args]);
    assert.notEqual(exit, 0, String(args));
    assert.match(stderr, reason);
  }
});
