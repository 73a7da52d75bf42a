import assert from 'node:assert/strict';
import {test} from 'node:test';
import {gate} from '../support/app_script.mjs';
import {connectCable} from '../support/cable.mjs';
import {channel} from '../support/channel.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually, slack} from '../support/deadline.mjs';
import {blankCookie, code, connectFly, errorBuffer, errorOf, flag, flyPort, greetFly, packet} from '../support/fly.mjs';
import {startBackend, waitForLinks} from '../support/fly_backend.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {jwt, seconds} from '../support/tokens.mjs';

const secret = 's3cret';
const startUdp = (t, args = []) => startDaemon(t, ['--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0', ...args]);
const connect = (t, daemon, options) => connectFly(t, daemon, {over: 'udp', ...options});
const greet = (t, daemon, options) => greetFly(t, daemon, {over: 'udp', ...options});
const order = (identifier, rest = {}) => ({command: 'disconnect', payload: {identifier, ...rest}});
const sized = (bytes) => JSON.stringify('x'.repeat(bytes - 2));

/** All that was sent before has been read: datagrams keep their order on the loopback. */
async function settle(client) {
  client.send(flag.ping, {sequence: 251, buffer: 'settle'});
  await client.expect({flag: flag.pong, sequence: 251, text: 'settle'});
}

// -- streams --

test('devices over UDP, TCP and browsers share a stream', async (t) => {
  const daemon = await startUdp(t, ['--public', '--lanes', '2']);
  const [udp, other, tcp, browser] = [await greet(t, daemon), await greet(t, daemon), await greetFly(t, daemon),
    await connectCable(t, daemon)];
  assert.ok(udp.granted.session.length >= 16);
  assert.notEqual(udp.sid, other.sid);
  await udp.subscribe(1, 's');
  await other.subscribe(2, 's');
  await tcp.subscribe(3, 's');
  const identifier = await browser.subscribe('s');
  for (const data of ['{"b" : 1}', '"é😀"', 'null']) {
    await daemon.publish('s', data);
    assert.equal(await udp.hear(1), data);
    assert.equal(await other.hear(2), data);
    assert.equal(await tcp.hear(3), data);
    assert.deepEqual((await browser.next()).message, JSON.parse(data));
  }
  udp.say(1, '{"from":"udp"}');
  assert.equal(await other.hear(2), '{"from":"udp"}');
  assert.equal(await tcp.hear(3), '{"from":"udp"}');
  assert.deepEqual((await browser.next()).message, {from: 'udp'});
  browser.send({command: 'whisper', identifier, data: 1});
  assert.equal(await udp.hear(1), '1');
  await daemon.publish('s', '2', {meta: {exclude_socket: udp.sid}});
  await daemon.publish('s', '3');
  assert.equal(await udp.hear(1), '3');
  assert.match(await udp.refusedSubscribe(1, 't'), /alias/);
  await udp.refusedSubscribe(5, channel());
  udp.unsubscribe(1);
  await udp.expectQuiet();
  assert.equal(await daemon.metric('ability_clients_num'), 4);
});

test('what is granted is told, with the cap of datagrams', async (t) => {
  const daemon = await startUdp(t, ['--public', '--fly-udp-max-payload', '500']);
  const {granted} = await greet(t, daemon, {helo: {serializers: ['msgpack'], ack: true, compression: ['deflate']}});
  delete granted.session;
  assert.deepEqual(granted, {version: 1, serializer: 'json', max_payload: 500});
});

for (const cap of [128, 1_200, 65_501]) {
  test(`${cap} bytes arrive at a cap of ${cap}; of more the client is told, and it is counted`, async (t) => {
    const daemon = await startUdp(t, ['--public', ...(cap === 1_200 ? [] : ['--fly-udp-max-payload', String(cap)])]);
    const [udp, tcp] = [await greet(t, daemon), await greetFly(t, daemon)];
    await udp.subscribe(7, 's');
    await tcp.subscribe(1, 's');
    await daemon.publish('s', sized(cap));
    assert.ok(await udp.hear(7) === sized(cap));
    assert.equal(await daemon.metric('ability_too_long_msg_total'), 0);
    await daemon.publish('s', sized(cap + 1));
    const told = await udp.expect({flag: flag.reject, command: 7, sequence: 0});
    assert.match(told.buffer.toString(), new RegExp(`\\b${cap + 1}\\b`));
    await daemon.publish('s', '"after"');
    assert.equal(await udp.hear(7), '"after"');
    for (const data of [sized(cap), sized(cap + 1), '"after"']) assert.ok(await tcp.hear(1) === data);
    assert.equal(await daemon.metric('ability_too_long_msg_total'), 1);
    // And the other way.
    udp.say(7, sized(cap));
    assert.ok(await tcp.hear(1) === sized(cap));
    if (cap < 65_501) {
      udp.say(7, sized(cap + 1));
      udp.say(7, '"next"');
      assert.equal(await tcp.hear(1), '"next"', 'what is over the cap is no packet');
    }
    await udp.expectQuiet();
  });
}

test('several messages of one batch are told apart, and only those too long are rejected', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const udp = await greet(t, daemon);
  await udp.subscribe(1, 's');
  const all = ['1', sized(2_000), '2', sized(70_000), '3'];
  assert.equal((await daemon.post(all.map((data) => ({stream: 's', data})))).status, 201);
  assert.equal(await udp.hear(1), '1');
  assert.match((await udp.expect({flag: flag.reject})).buffer.toString(), /\b2000\b/);
  assert.equal(await udp.hear(1), '2');
  assert.match((await udp.expect({flag: flag.reject})).buffer.toString(), /\b70000\b/);
  assert.equal(await udp.hear(1), '3');
  assert.equal(await daemon.metric('ability_too_long_msg_total'), 2);
});

// -- who has not proved its address --

test('a stranger is sent nothing but cookies and pongs, and never more than it has sent', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const subscriber = await greet(t, daemon);
  await subscriber.subscribe(1, 's');
  const helo = (fields) => packet(flag.helo, {sequence: 1,
    buffer: typeof fields === 'string' ? fields : JSON.stringify(fields)});
  const datagrams = [
    Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(6), Buffer.alloc(1_000),
    packet(flag.subscribe, {command: 1, buffer: 's'}), packet(flag.message, {command: 1, buffer: '1'}),
      packet(flag.unsubscribe),
    packet(flag.call, {command: 1}), packet(flag.call, {command: 1, buffer: 'x'.repeat(1_000)}), packet(flag.reply),
      packet(flag.error),
    packet(flag.pong, {buffer: 'x'}), packet(0x80), packet(0x83), packet(0xb1, {buffer: 'x'}),
    packet(flag.ping, {buffer: 'x', length: 2}), packet(flag.ping, {buffer: 'xyz', length: 2}),
    packet(flag.ping, {buffer: Buffer.alloc(1_201)}),
    helo({}), helo(''), helo('no JSON'), helo({version: 1, headers: {}}), helo({cookie: ''}), helo({cookie: 'short'}),
      helo({cookie: 7}),
    helo({cookie: blankCookie}), helo({cookie: blankCookie.slice(1)}), helo({version: 1, cookie: blankCookie}),
    helo({cookie: '0'.repeat(32)}), helo({cookie: '0'.repeat(1_000)}), helo({version: 2, cookie: blankCookie}),
    helo({token: 'x'.repeat(500)}), helo({headers: {a: 'x'.repeat(1_000)}}), helo('x'.repeat(1_000)),
    packet(flag.heloAnswer, {buffer: JSON.stringify({version: 1, session: 'x'})}), packet(flag.heloError,
      {buffer: errorBuffer(1)}),
  ];
  let cookies = 0;
  for (const datagram of datagrams) {
    const stranger = await connect(t, daemon);
    stranger.write(datagram);
    stranger.send(flag.ping, {sequence: 252});
    let one = await stranger.next();
    while (one.sequence !== 252) one = await stranger.next();
    const name = datagram.toString('latin1').slice(0, 80);
    assert.ok(stranger.got.bytes <= stranger.sent.bytes, `${stranger.got.bytes} bytes for ${stranger.sent.bytes}: ${name}`);
    assert.ok(stranger.got.datagrams <= stranger.sent.datagrams, name);
    cookies += stranger.got.datagrams - 1;
    stranger.destroy();
  }
  assert.ok(cookies >= 2, 'the blank cookie was answered');
  await daemon.publish('s', '2');
  assert.equal(await subscriber.hear(1), '2', 'nobody has published, nobody else was subscribed');
  assert.equal(await daemon.metric('ability_clients_num'), 1);
  await daemon.waitForMetric('ability_udp_unproved_total', (value) => value > 5);
});

test('a Helo of nothing but room for a cookie is answered with one', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const client = await connect(t, daemon);
  client.send(flag.helo, {sequence: 1, buffer: JSON.stringify({cookie: blankCookie})});
  const answer = await client.expect({flag: flag.heloAnswer, sequence: 1});
  assert.ok(client.got.bytes <= client.sent.bytes);
  await client.helo({cookie: JSON.parse(answer.buffer).cookie});
});

test('a ping of a stranger comes back as it is', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const stranger = await connect(t, daemon);
  for (const size of [0, 1, 1_200]) await stranger.ping(Buffer.alloc(size, 7));
  assert.equal(stranger.got.bytes, stranger.sent.bytes);
});

test('a cookie proves one address only', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const [owner, thief] = [await connect(t, daemon), await connect(t, daemon)];
  const cookie = await owner.cookie();
  thief.send(flag.helo, {sequence: 1, buffer: JSON.stringify({cookie})});
  const answer = await thief.expect({flag: flag.heloAnswer, sequence: 1});
  const {session, cookie: own} = JSON.parse(answer.buffer);
  assert.equal(session, undefined);
  assert.notEqual(own, cookie);
  for (const wrong of [cookie.slice(0, -1), `${cookie}0`,
    cookie.toUpperCase() === cookie ? cookie.toLowerCase() : cookie.toUpperCase(),
    `${cookie.slice(0, -1)}${cookie.endsWith('0') ? '1' : '0'}`]) {
    owner.send(flag.helo, {sequence: 2, buffer: JSON.stringify({cookie: wrong})});
    owner.send(flag.ping, {sequence: 3});
    let one = await owner.next();
    if (one.flag === flag.heloAnswer) {
      assert.equal(JSON.parse(one.buffer).session, undefined, wrong);
      one = await owner.next();
    }
    assert.equal(one.flag, flag.pong);
  }
  assert.equal(await daemon.metric('ability_clients_num'), 0);
  const granted = await owner.helo({cookie});
  assert.ok(granted.session);
  await thief.helo({cookie: own});
  const next = await startUdp(t, ['--public']);
  const elsewhere = await connect(t, next);
  elsewhere.send(flag.helo, {sequence: 1, buffer: JSON.stringify({cookie})});
  assert.equal(JSON.parse((await elsewhere.expect({flag: flag.heloAnswer})).buffer).session, undefined);
});

test('20,000 datagrams of strangers leave nothing behind', async (t) => {
  const daemon = await startUdp(t, ['--public', '--lanes', '1']);
  const device = await greet(t, daemon);
  await device.subscribe(1, 's');
  const stranger = await connect(t, daemon);
  const before = await daemon.memory();
  const [asks, junk] = [packet(flag.helo, {buffer: JSON.stringify({cookie: blankCookie})}), packet(flag.call,
    {buffer: 'x'.repeat(500)})];
  for (let round = 0; round < 100; round += 1) {
    for (let sent = 0; sent < 100; sent += 1) {
      stranger.write(asks);
      stranger.write(junk);
    }
    await daemon.publish('s', String(round));
    assert.equal(await device.hear(1), String(round));
  }
  assert.ok((await daemon.memory()) - before < 5e6 * slack);
  assert.ok(stranger.got.bytes <= stranger.sent.bytes);
  assert.equal(await daemon.metric('ability_clients_num'), 1);
});

// -- datagrams --

test('a datagram that is not just one packet is dropped and counted', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const client = await greet(t, daemon);
  await client.subscribe(1, 's');
  const good = packet(flag.ping, {sequence: 9, buffer: 'abc'});
  const wrong = [Buffer.alloc(0), good.subarray(0, 5), good.subarray(0, 8), Buffer.concat([good, Buffer.from('x')]),
    Buffer.concat([good, good]), packet(flag.ping, {buffer: 'abc', length: 65_535}), packet(flag.ping,
      {buffer: Buffer.alloc(1_201)}),
    packet(flag.call, {buffer: 'x'.repeat(60_000)})];
  for (const datagram of wrong) client.write(datagram);
  await settle(client);
  await daemon.waitForMetric('ability_udp_malformed_total', wrong.length);
  await daemon.publish('s', '1');
  assert.equal(await client.hear(1), '1');
  // Half a packet in each of two datagrams is no packet.
  client.write(good.subarray(0, 4));
  client.write(good.subarray(4));
  await settle(client);
});

test('packets mean over UDP what they mean elsewhere', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const client = await greet(t, daemon);
  for (const by of [flag.call, flag.rawCall, flag.ackCall | 0x20]) {
    const answer = await client.expect({flag: flag.error, command: 513, sequence: client.rpc(513, 'hi', {flag: by})});
    assert.equal(errorOf(answer).code, code.notFound);
  }
  for (const stray of [0x80, 0x83, 0xb1, flag.reply, flag.confirm]) client.send(stray, {sequence: 3, buffer: 'x'});
  client.write(Buffer.alloc(6));
  const sequence = client.say(9, 'nowhere');
  await client.expect({flag: flag.reject, command: 9, sequence});
  await client.expectQuiet();
  const random = await connect(t, daemon);
  let state = 362_436_069;
  for (let sent = 0; sent < 500; sent += 1) {
    random.write(Buffer.from(Array.from({length: sent % 40}, () => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return state & 0xff;
    })));
  }
  await eventually('the socket to be read', async () => {
    random.send(flag.ping, {sequence: 1, buffer: 'x'});
    return random.inbox.size > 0;
  });
  await client.expectQuiet();
});

// -- in and out --

test('tokens count over UDP, and who was refused may come again', async (t) => {
  const daemon = await startUdp(t, ['--jwt-secret', secret, '--jwt-leeway', '0', '--public-streams', '--broadcast-key', 'none']);
  const client = await connect(t, daemon);
  for (const [token, reason] of [[undefined, 'unauthorized'], [jwt({ext: 'x'}, 'wrong'), 'unauthorized'],
    [jwt({ext: 'x', exp: seconds() - 1}, secret), 'token_expired']]) {
    const cookie = await client.cookie({token});
    client.send(flag.helo, {sequence: 8, buffer: JSON.stringify({token, cookie})});
    await client.expectEnd(code.unauthorized, reason, {sequence: 8});
  }
  const ext = '{"user":"1"}';
  await client.helo({token: jwt({ext}, secret)});
  await client.subscribe(1, 's');
  await daemon.post(order(ext, {reconnect: false}));
  await client.expectEnd(code.forbidden, /remote/);
  await daemon.waitForMetric('ability_clients_num', 0);
  await client.helo({token: jwt({ext, exp: seconds() + 2}, secret)});
  await client.expectEnd(code.unauthorized, 'token_expired');
});

test('a Helo that is repeated, as its answer may have been lost, is answered again', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const client = await connect(t, daemon);
  const cookie = await client.cookie();
  const helo = packet(flag.helo, {sequence: 9, buffer: JSON.stringify({version: 1, cookie})});
  client.write(helo);
  const {buffer} = await client.expect({flag: flag.heloAnswer, sequence: 9});
  for (let repeated = 0; repeated < 3; repeated += 1) {
    client.write(helo);
    await client.expect({flag: flag.heloAnswer, sequence: 9, bytes: buffer});
  }
  await client.subscribe(1, 's');
  client.write(helo);
  await client.expect({flag: flag.heloAnswer, sequence: 9, bytes: buffer});
  await daemon.publish('s', '1');
  assert.equal(await client.hear(1), '1');
  assert.equal(await daemon.metric('ability_clients_num'), 1);
});

test('who comes with another token from the same address does not get the session that was there', async (t) => {
  const daemon = await startUdp(t, ['--jwt-secret', secret, '--public-streams', '--broadcast-key', 'none']);
  const client = await connect(t, daemon);
  const identity = (user) => JSON.stringify({user});
  await client.helo({token: jwt({ext: identity('first')}, secret)});
  const first = client.sid;
  await client.subscribe(1, 's');
  const token = jwt({ext: identity('second')}, secret);
  client.send(flag.helo, {sequence: 50, buffer: JSON.stringify({version: 1, token, cookie: blankCookie})});
  let answer = await client.next();
  if (answer.flag === flag.heloAnswer) {
    const {cookie, session} = JSON.parse(answer.buffer);
    assert.equal(session, undefined, 'an address has to prove itself anew');
    client.send(flag.helo, {sequence: 51, buffer: JSON.stringify({version: 1, token, cookie})});
    answer = await client.next();
  }
  // Refused, or let in as somebody else.
  if (answer.flag === flag.heloError) assert.equal(errorOf(answer).code, code.forbidden);
  else {
    assert.equal(answer.flag, flag.heloAnswer);
    assert.notEqual(JSON.parse(answer.buffer).session, first);
    await daemon.post(order(identity('first'), {reconnect: false}));
    await client.subscribe(1, 't');
    await daemon.publish('s', '1');
    await daemon.publish('t', '2');
    assert.equal(await client.hear(1), '2', 'nothing of the other\'s is left');
  }
});

test('the application is asked as for any other client, and hears of the end', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startUdp(t, ['--rpc-host', app.url, '--fly-udp-idle-timeout', '400ms']);
  const client = await greet(t, daemon, {helo: {headers: {cookie: 'a=1'}}});
  const {sid, body} = await app.next('connect');
  assert.equal(sid, client.sid);
  assert.deepEqual(body.env.headers, {cookie: 'a=1', REMOTE_ADDR: '127.0.0.1'});
  assert.equal(body.env.url, `udp://127.0.0.1:${flyPort(daemon, 'udp')}/`);
  assert.equal(app.of('connect').length, 1, 'not for a cookie');
  await client.subscribe(1, channel());
  assert.deepEqual((await app.next('disconnect')).body.subscriptions, [channel()]);
});

test('what comes while the application is asked is dropped and counted; then all is well', async (t) => {
  const asked = gate();
  const app = await startHttpApp(t, {connect: async () => {
    await asked.opened;
    return {status: 1};
  }});
  const daemon = await startUdp(t, ['--rpc-host', app.url, '--public-streams']);
  const client = await connect(t, daemon);
  const cookie = await client.cookie();
  const helo = packet(flag.helo, {sequence: 9, buffer: JSON.stringify({version: 1, cookie})});
  client.write(helo);
  await app.next('connect');
  client.write(helo);
  client.send(flag.subscribe, {command: 1, buffer: 's'});
  client.send(flag.ping);
  await daemon.waitForMetric('ability_udp_overrun_total', (value) => value >= 2);
  asked.open();
  await client.expect({flag: flag.heloAnswer, sequence: 9});
  await client.subscribe(1, 's');
  assert.equal(app.of('connect').length, 1);
});

test('a silent client is gone after the idle time, one that pings is not', async (t) => {
  const daemon = await startUdp(t, ['--public', '--fly-udp-idle-timeout', '500ms']);
  const [silent, lively] = [await greet(t, daemon), await greet(t, daemon)];
  await silent.subscribe(1, 's');
  await lively.subscribe(1, 's');
  await eventually('the silent one to be gone', async () => {
    await settle(lively);
    return (await daemon.metric('ability_clients_num')) === 1;
  }, {every: 50});
  await daemon.publish('s', '1');
  assert.equal(await lively.hear(1), '1');
  // It has to prove itself again.
  silent.say(1, '2');
  silent.rpc(1);
  await settle(silent);
  const before = silent.sid;
  await silent.helo();
  assert.notEqual(silent.sid, before);
  await silent.subscribe(1, 's');
});

test('no more than --max-conn get in; the others are told', async (t) => {
  const daemon = await startUdp(t, ['--public', '--max-conn', '2']);
  await greet(t, daemon);
  await greetFly(t, daemon);
  const late = await connect(t, daemon);
  const cookie = await late.cookie();
  late.send(flag.helo, {sequence: 5, buffer: JSON.stringify({cookie})});
  const {code: number} = errorOf(await late.expect({flag: flag.heloError}));
  assert.equal(number, code.closing);
  await daemon.waitForMetric('ability_clients_num', 2);
});

// So many that a socket's buffer holds what they all say at once: what does not fit is lost, as UDP has it.
test('many clients each hear what is theirs', async (t) => {
  const daemon = await startUdp(t, ['--public', '--lanes', '2']);
  const clients = [];
  for (let made = 0; made < 300 / slack; made += 1) clients.push(await greet(t, daemon));
  await Promise.all(clients.map(async (client, at) => {
    await client.subscribe(at, 'all');
    await client.subscribe(1_000 + at, `own/${at}`);
  }));
  await daemon.publish('all', '"all"');
  await daemon.post(clients.map((_, at) => ({stream: `own/${at}`, data: String(at)})));
  await Promise.all(clients.map(async (client, at) => {
    assert.equal(await client.hear(at), '"all"');
    assert.equal(await client.hear(1_000 + at), String(at));
  }));
});

test('at SIGTERM every device is told to come back, and the daemon ends with 0', async (t) => {
  const daemon = await startUdp(t, ['--public', '--lanes', '2']);
  const clients = [];
  for (let made = 0; made < 30; made += 1) clients.push(await greet(t, daemon));
  daemon.signal('SIGTERM');
  for (const client of clients) await client.expectEnd(code.closing, 'server_restart');
  assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
});

test('what was accepted before SIGTERM is still sent', async (t) => {
  const daemon = await startUdp(t, ['--public']);
  const client = await greet(t, daemon);
  await client.subscribe(1, 's');
  assert.equal((await daemon.post(Array.from({length: 200}, (_, at) => ({stream: 's', data: String(at)})))).status, 201);
  daemon.signal('SIGTERM');
  for (let at = 0; at < 200; at += 1) assert.equal(await client.hear(1), String(at));
  await client.expectEnd(code.closing, 'server_restart');
});

// -- backends --

test('calls over UDP reach the backend, and what does not fit into a datagram is told', async (t) => {
  const backend = await startBackend(t, {commands: {1: (one) => one.buffer, 2: () => 'x'.repeat(1_201),
    3: () => 'y'.repeat(1_200)}});
  const daemon = await startUdp(t, ['--rpc-host', `fly://${backend.address}`, '--lanes', '1', '--public',
    '--fly-udp-idle-timeout', '600ms']);
  await waitForLinks(daemon, 1);
  const device = await greet(t, daemon);
  const client = await backend.nextClient();
  assert.equal(client.sid, device.sid);
  assert.equal(client.helo.cookie, undefined, 'the cookie is the gateway\'s business');
  await device.expect({flag: flag.reply, command: 1, sequence: device.rpc(1, 'hi'), text: 'hi'});
  const answer = await device.expect({flag: flag.error, command: 2, sequence: device.rpc(2)});
  assert.equal(errorOf(answer).code, code.tooLong);
  assert.match(errorOf(answer).text, /\b1201\b/);
  await device.expect({flag: flag.reply, command: 3, sequence: device.rpc(3), text: 'y'.repeat(1_200)});
  client.call(7, 'z'.repeat(1_201));
  client.call(8, 'small');
  await device.expect({flag: flag.call, command: 8, text: 'small'});
  const other = await greet(t, daemon);
  const otherClient = await backend.nextClient();
  client.link.frame([client.id, otherClient.id], Buffer.concat([packet(flag.call, {command: 9}), packet(flag.call,
    {command: 10})]));
  for (const each of [device, other]) {
    await each.expect({flag: flag.call, command: 9});
    await each.expect({flag: flag.call, command: 10});
  }
  otherClient.close();
  await other.expectEnd(code.closing, 'the backend closed the connection');
  // A silent client ends for the backend, too.
  assert.equal(await client.waitForClose(), 'gateway');
});

test('the backend\'s answer to a Helo names no larger payload than a datagram takes', async (t) => {
  const backend = await startBackend(t);
  const daemon = await startUdp(t, ['--rpc-host', `fly://${backend.address}`, '--lanes', '1', '--public']);
  await waitForLinks(daemon, 1);
  const device = await greet(t, daemon);
  assert.ok(device.granted.max_payload <= 1_200, `it says ${device.granted.max_payload}`);
});

test('what cannot be listened on ends the start with a reason', async (t) => {
  const other = await startUdp(t, ['--public']);
  const taken = flyPort(other, 'udp');
  for (const [args, reason] of [
    [['--fly-listen', `udp://127.0.0.1:${taken}`], /in use/],
    [['--fly-listen', 'udp://192.0.2.1:0'], /192\.0\.2\.1/],
    [['--fly-listen', 'udp://127.0.0.1:0', '--fly-udp-max-payload', '65502'], /payload/],
    [['--fly-listen', 'udp://127.0.0.1:0', '--fly-udp-max-payload', '127'], /payload/],
  ]) {
    const {code: exit, stderr} = await runDaemon(['--host', '127.0.0.1', '--port', '0', '--public', ...args]);
    assert.notEqual(exit, 0, String(args));
    assert.match(stderr, reason);
  }
});
