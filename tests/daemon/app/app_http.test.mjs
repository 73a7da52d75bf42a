// Labels: hardened
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {confirmation, follow, gate, rejection, welcome} from '../support/app_script.mjs';
import {connectCable, openCable, refusedUpgrade} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {act, channel, join} from '../support/channel.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {chunked, startHttpApp} from '../support/http_app.mjs';
import {connectRaw} from '../support/raw.mjs';

const unauthorized = {type: 'disconnect', reason: 'unauthorized', reconnect: false};
const cableUrl = (daemon) => `${daemon.url.replace('http', 'ws')}/cable`;

async function start(t, script = {}, args = [], options = {}) {
  const app = await startHttpApp(t, script);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, ...args], options);
  return {app, daemon};
}

// -- what is sent --

test('connect is asked before anything else, with exactly what it needs', async (t) => {
  const {app, daemon} = await start(t);
  const cable = await connectCable(t, daemon, {path: '/cable?room=1&x=%20', headers: {cookie: 'a=1'}});
  const call = await app.next('connect');
  assert.equal(call.verb, 'POST');
  assert.equal(call.path, '/_anycable/connect');
  assert.equal(call.headers['content-type'], 'application/json');
  assert.equal(call.headers.host, `127.0.0.1:${app.port}`);
  assert.equal(call.headers.authorization, undefined, 'there is no secret to derive a bearer from');
  assert.equal(call.headers['x-anycable-meta-sid'], cable.sid);
  assert.equal(call.headers['x-anycable-meta-protov'], 'v1');
  assert.deepEqual(call.body, {
    env: {
      url: `${daemon.url}/cable?room=1&x=%20`,
      headers: {cookie: 'a=1', REMOTE_ADDR: '127.0.0.1'},
    },
  });
});

test('commands are sent with the identity and what the client said, byte for byte', async (t) => {
  const {app, daemon} = await start(t, {connect: ({sid}) => (
    {status: 1, identifiers: '{"user":"{\\"z\\":1}"}', transmissions: [welcome(sid)]})});
  const cable = await connectCable(t, daemon);
  const identifier = '{ "channel":"ChatChannel",  "note":"é \\u00e9 😀 <&> \\/" }';
  await join(cable, identifier);
  const data = '{"action":"speak","text":"\\u2028 é 12345678901234567890.10"}';
  act(cable, identifier, data);
  cable.send({command: 'unsubscribe', identifier});
  const env = {url: `${daemon.url}/cable`, headers: {REMOTE_ADDR: '127.0.0.1'}};
  const identity = '{"user":"{\\"z\\":1}"}';
  const subscribe = await app.next('subscribe');
  assert.equal(subscribe.path, '/_anycable/command');
  assert.deepEqual(subscribe.body, {command: 'subscribe', identifier, connection_identifiers: identity, env});
  const message = await app.next('message');
  assert.deepEqual(message.body, {command: 'message', identifier, data, connection_identifiers: identity, env});
  assert.deepEqual((await app.next('unsubscribe')).body,
    {command: 'unsubscribe', identifier, connection_identifiers: identity, env});
  for (const call of app.calls) assert.equal(call.sid, cable.sid);
});

test('disconnect tells who left and what they were subscribed to', async (t) => {
  const {app, daemon} = await start(t, {
    connect: ({sid}) => ({status: 1, identifiers: '{"user":"1"}', transmissions: [welcome(sid)], env: {cstate: {c: '1'}}}),
    subscribe: ({body}) => ({
      status: 1, transmissions: [confirmation(body.identifier)],
        ...(body.identifier.includes('"n":1') && {env: {istate: {i: '2', j: '"'}}}),
    }),
  });
  const cable = await connectCable(t, daemon);
  const identifiers = [await join(cable, channel('A', {n: 1})), await join(cable, channel('A', {n: 2}))];
  await cable.leave();
  const call = await app.next('disconnect');
  assert.equal(call.path, '/_anycable/disconnect');
  assert.equal(call.sid, cable.sid);
  const {istate, ...env} = call.body.env;
  assert.deepEqual({...call.body, env}, {
    identifiers: '{"user":"1"}',
    subscriptions: identifiers,
    env: {url: `${daemon.url}/cable`, headers: {REMOTE_ADDR: '127.0.0.1'}, cstate: {c: '1'}},
  });
  assert.deepEqual(Object.keys(istate), [identifiers[0]]);
  assert.deepEqual(JSON.parse(istate[identifiers[0]]), {i: '2', j: '"'});
});

test('what was left is no subscription any more', async (t) => {
  const {app, daemon} = await start(t);
  const cable = await connectCable(t, daemon);
  const left = await join(cable, channel('A'));
  const kept = await join(cable, channel('B'));
  cable.send({command: 'unsubscribe', identifier: left});
  await cable.expectQuiet();
  await cable.leave();
  assert.deepEqual((await app.next('disconnect')).body.subscriptions, [kept]);
});

// -- bearer --

const bearers = [
  ['given', ['--http-rpc-secret', 's3cret'], 'Bearer s3cret'],
  ['derived from the secret', ['--secret', 'open sesame'],
    `Bearer ${createHmac('sha256', 'open sesame').update('rpc-cable').digest('hex')}`],
  ['given, although there is a secret', ['--secret', 'open sesame', '--http-rpc-secret', 's3cret'], 'Bearer s3cret'],
  ['none', ['--secret', 'open sesame', '--http-rpc-secret', 'none'], undefined],
];
for (const [how, args, expected] of bearers) {
  test(`the bearer token is ${how}`, async (t) => {
    const {app, daemon} = await start(t, {}, args);
    const cable = await connectCable(t, daemon);
    await join(cable);
    await cable.leave();
    for (const kind of ['connect', 'subscribe', 'disconnect']) {
      assert.equal((await app.next(kind)).headers.authorization, expected);
    }
  });
}

test('the environment names of AnyCable serve an unchanged application', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startDaemon(t, [], {env: {
    ANYCABLE_RPC_HOST: `${app.url}/`, ANYCABLE_HTTP_RPC_SECRET: 's', ANYCABLE_HEADERS: 'cookie,x-api-token',
    ANYCABLE_BROADCAST_KEY: 'k',
  }});
  app.script.subscribe = follow('news');
  const cable = await connectCable(t, daemon, {headers: {cookie: 'a=1', 'X-API-Token': 't', 'X-Other': 'o'}});
  const call = await app.next('connect');
  assert.equal(call.path, '/_anycable/connect');
  assert.equal(call.headers.authorization, 'Bearer s');
  assert.deepEqual(call.body.env.headers, {cookie: 'a=1', 'x-api-token': 't', REMOTE_ADDR: '127.0.0.1'});
  const identifier = await join(cable);
  await daemon.publish('news', '{"a":1}', {headers: {authorization: 'Bearer k'}});
  assert.deepEqual(await cable.next(), {identifier, message: {a: 1}});
});

// -- headers --

/** What the application sees of a handshake with these lines. */
async function seen(t, args, lines) {
  const {app, daemon} = await start(t, {}, args);
  const raw = await connectRaw(t, daemon.port);
  assert.equal((await raw.upgrade({headers: lines})).status, 101);
  return (await app.next('connect')).body.env;
}

test('cookies arrive as they are, with = and spaces in them', async (t) => {
  const cookie = 'a=b=c; spaced="one two" ; _session=eyJ9--ab/+==; empty=; flag';
  const {headers} = await seen(t, [], [`Cookie: ${cookie}`]);
  assert.equal(headers.cookie, 'a=b=c; spaced="one two"; _session=eyJ9--ab/+==; empty=; flag');
});

test('--proxy-cookies lets through the named cookies alone, wherever they stand', async (t) => {
  const {headers} = await seen(t, ['--proxy-cookies', '_session,a'],
    ['Cookie: x=1; _session=eyJ9--ab/+==; xa=2; a=b = c;a2=_session=3']);
  assert.equal(headers.cookie, '_session=eyJ9--ab/+==; a=b = c');
});

test('without one of the named cookies there is no cookie header', async (t) => {
  const {headers} = await seen(t, ['--proxy-cookies', '_session'], ['Cookie: x=1; session=2']);
  assert.deepEqual(headers, {REMOTE_ADDR: '127.0.0.1'});
});

test('--headers names what the application gets to see, the host included, and nothing else', async (t) => {
  const {headers} = await seen(t, ['--headers', 'Host,X-Api-Token,x-absent'],
    ['X-API-TOKEN: a: b, "c"', 'Cookie: a=1', 'Authorization: Basic eDp5', 'REMOTE_ADDR: 6.6.6.6', 'X-Other: 1']);
  assert.deepEqual(headers, {host: 'localhost', 'x-api-token': 'a: b, "c"', REMOTE_ADDR: '127.0.0.1'});
});

test('REMOTE_ADDR is the peer, whatever it claims of itself', async (t) => {
  const {headers, url} = await seen(t, ['--headers', 'cookie'],
    ['X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Proto: https', 'X-Real-IP: 6.6.6.6', 'Forwarded: for=6.6.6.6;proto=https']);
  assert.deepEqual(headers, {REMOTE_ADDR: '127.0.0.1'});
  assert.equal(url, 'http://localhost/cable');
});

test('a trusted proxy tells the client\'s address and scheme', async (t) => {
  const {headers, url} = await seen(t, ['--trusted-proxies', '127.0.0.0/8'],
    ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https']);
  assert.deepEqual(headers, {REMOTE_ADDR: '203.0.113.7'});
  assert.equal(url, 'https://localhost/cable');
});

test('a trusted proxy may tell it by any header, with ports, brackets and quotes', async (t) => {
  const args = ['--trusted-proxies', '127.0.0.0/8,10.0.0.0/8'];
  const address = async (...lines) => (await seen(t, args, lines)).headers.REMOTE_ADDR;
  assert.equal(await address('X-Forwarded-For: 203.0.113.7:51234'), '203.0.113.7');
  assert.equal(await address('X-Forwarded-For: [2001:db8::7]:51234, 10.0.0.2:80'), '2001:db8::7');
  assert.equal(await address('X-Forwarded-For: "[2001:db8::7]"'), '2001:db8::7');
  assert.equal(await address('X-Real-IP: 203.0.113.7'), '203.0.113.7');
  assert.equal(await address('Forwarded: for=203.0.113.7'), '203.0.113.7');
  assert.equal(await address('Forwarded: for=6.6.6.6, for="[2001:db8::7]:51234";by=_x', 'Forwarded: for=10.0.0.2'), '2001:db8::7');
  assert.equal(await address('Forwarded: for=unknown'), '127.0.0.1');
  // In a line of its own a proxy's element stands behind whatever a client has sent.
  for (const bad of ['for="x', 'x', '=', '"', '@', 'for=', 'for=a b', 'for=a;for=b']) {
    assert.equal(await address(`Forwarded: ${bad}`, 'Forwarded: for=203.0.113.7;proto=https'), '203.0.113.7', bad);
  }
  // Proxies that set X-Forwarded-For hand on what a client has put into the others.
  assert.equal(await address('X-Forwarded-For: 203.0.113.7', 'Forwarded: for=6.6.6.6', 'X-Real-IP: 6.6.6.6'), '203.0.113.7');
  const {url} = await seen(t, args, ['Forwarded: for=203.0.113.7;proto=https']);
  assert.equal(url, 'https://localhost/cable');
});

test('of a chain of proxies the first that is not trusted counts, not what it was told', async (t) => {
  const {headers} = await seen(t, ['--trusted-proxies', '127.0.0.1,10.0.0.0/8'],
    ['X-Forwarded-For: 6.6.6.6, 2001:db8::7, 10.1.2.3 ,10.0.0.9']);
  assert.equal(headers.REMOTE_ADDR, '2001:db8::7');
});

test('another proxy than the peer may be trusted, the peer is not', async (t) => {
  const {headers, url} = await seen(t, ['--trusted-proxies', '10.0.0.0/8'],
    ['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https']);
  assert.equal(headers.REMOTE_ADDR, '127.0.0.1');
  assert.equal(url, 'http://localhost/cable');
});

test('with TLS the url is https', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const {app, daemon} = await start(t, {}, ['--ssl-cert', certificate, '--ssl-key', key]);
  await connectCable(t, daemon, {path: `wss://localhost:${daemon.port}/cable?a=1`, ca: pem, servername: 'localhost'});
  assert.equal((await app.next('connect')).body.env.url, `https://localhost:${daemon.port}/cable?a=1`);
});

// -- connect --

test('the upgrade waits for the application', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {connect: async ({sid}) => {
    await held.opened;
    return {status: 1, identifiers: '{}', transmissions: [welcome(sid)]};
  }});
  const raw = await connectRaw(t, daemon.port);
  const answered = raw.upgrade();
  await app.next('connect');
  assert.equal(await daemon.metric('ability_clients_num'), 0);
  assert.equal(raw.buffer.length, 0, 'no byte before the application has decided');
  held.open();
  assert.equal((await answered).status, 101);
  assert.equal((await raw.nextMessage()).type, 'welcome');
  await daemon.waitForMetric('ability_clients_num', 1);
});

test('a header that comes in several lines is one list to the application, and cookies are one header', async (t) => {
  const {headers} = await seen(t, ['--headers', 'cookie,x-roles', '--proxy-cookies', 'a,_session'],
    ['Cookie: a=1', 'X-Roles: admin', 'Cookie: b=2; _session=x', 'x-roles: user, guest', 'Cookie:', 'cookie: a=3']);
  assert.deepEqual(headers, {cookie: 'a=1; _session=x; a=3', 'x-roles': 'admin, user, guest', REMOTE_ADDR: '127.0.0.1'});
});

test('a header that comes in several lines is one list to the daemon', async (t) => {
  const {app, daemon} = await start(t, {}, ['--trusted-proxies', '127.0.0.0/8,10.0.0.0/8']);
  const raw = await connectRaw(t, daemon.port);
  raw.write(['GET /cable HTTP/1.1', 'Host: localhost', 'Connection: keep-alive', 'Connection: Upgrade', 'Upgrade: h2c',
    'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: actioncable-v1-json', 'X-Forwarded-For: 203.0.113.7',
    'X-Forwarded-For: 10.0.0.2', 'X-Forwarded-Proto: https', 'X-Forwarded-Proto: http', '', ''].join('\r\n'));
  const {status, headers} = await raw.nextResponse();
  assert.equal(status, 101);
  assert.equal(headers['sec-websocket-protocol'], 'actioncable-v1-json');
  const {body: {env}} = await app.next('connect');
  assert.equal(env.headers.REMOTE_ADDR, '203.0.113.7');
  assert.equal(env.url, 'https://localhost/cable');
  const closing = await connectRaw(t, daemon.port);
  closing.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n');
  assert.equal((await closing.nextResponse()).status, 200);
  await closing.waitForEnd();
});

test('a handshake that is refused for its form never reaches the application', async (t) => {
  const {app, daemon} = await start(t);
  const good = ['Host: x', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  const refused = async (...lines) => {
    const raw = await connectRaw(t, daemon.port);
    raw.write(['GET /cable HTTP/1.1', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Protocol: actioncable-v1-json',
      ...lines, '', ''].join('\r\n'));
    const {status} = await raw.nextResponse();
    return status;
  };
  assert.equal(await refused(...good.slice(1)), 400, 'no Host');
  assert.equal(await refused(...good, 'Host: x'), 400, 'two Hosts');
  assert.equal(await refused(...good.slice(0, 2)), 400, 'no key');
  assert.equal(await refused(...good, good[2]), 400, 'two keys');
  assert.equal(await refused(good[0], good[2]), 400, 'no version');
  assert.equal(await refused(...good, good[1]), 426, 'two versions');
  assert.equal(await refused(good[0], good[2], 'Sec-WebSocket-Version: 8'), 426, 'another version');
  assert.equal(await refused(...good, 'Content-Length: 5'), 400, 'a body');
  assert.equal(await refused(...good, 'Transfer-Encoding: chunked'), 400, 'a body in chunks');
  // Had it been asked about one of these, that call would come before this one.
  const cable = await connectCable(t, daemon);
  assert.equal((await app.next('connect')).sid, cable.sid);
  assert.equal(app.calls.length, 1);
});

test('what connect transmits arrives byte for byte, in order, and nothing is added', async (t) => {
  const transmissions = [
    '{"type":"welcome","sid":"of the app"}', '{ "b":1,\t"a":[1.10, 12345678901234567890],"e":"\\u00e9é\\/<&>"}', 'no JSON at all',
    `"${'x'.repeat(70_000)}"`, '😀\u2028\u0000',
  ];
  const {daemon} = await start(t, {connect: {status: 1, identifiers: '{}', transmissions}});
  const cable = await openCable(t, daemon);
  for (const expected of transmissions) assert.equal(await cable.nextText(), expected);
  await cable.expectQuiet();
});

for (const [mode, offered] of [['auto', undefined], ['auto', []], ['message', []]]) {
  test(`FAILURE of connect tells the client what the application says, then closes (${mode}, ${offered ? 'no subprotocol' : 'Action Cable'})`, async (t) => {
    const farewells = ['{"type":"disconnect","reason":"invalid_request","reconnect":false}', '{"more":1}'];
    const {app, daemon} = await start(t, {connect: {status: 2, transmissions: farewells, error_msg: 'no'}},
      ['--auth-reject', mode]);
    const cable = await openCable(t, daemon, {offered});
    for (const expected of farewells) assert.equal(await cable.nextText(), expected);
    assert.equal((await cable.waitForClose()).code, 1000);
    assert.equal(cable.inbox.size, 0);
    await daemon.waitForMetric('ability_failed_auths_total', 1);
    assert.equal(await daemon.metric('ability_clients_num'), 0);
    // Had the application been told of the end of a connection that never was, that call would come before this one.
    app.script.connect = undefined;
    await (await connectCable(t, daemon)).leave();
    await app.next('disconnect');
    assert.equal(app.of('disconnect').length, 1);
    assert.notEqual(app.of('disconnect')[0].sid, app.of('connect')[0].sid);
  });
}

test('a refusal whose messages exceed --max-pending-size is told as too_slow', async (t) => {
  const transmissions = [JSON.stringify({type: 'disconnect', reason: 'x'.repeat(2_000), reconnect: false})];
  const {daemon} = await start(t, {connect: {status: 2, transmissions}}, ['--max-pending-size', '1024']);
  const cable = await openCable(t, daemon);
  assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'too_slow', reconnect: true});
  assert.equal((await cable.waitForClose()).code, 1013);
});

test('FAILURE of connect without a word is told as unauthorized', async (t) => {
  const {daemon} = await start(t, {connect: {status: 2}});
  const cable = await openCable(t, daemon);
  assert.deepEqual(await cable.next(), unauthorized);
  assert.equal((await cable.waitForClose()).code, 1000);
});

test('FAILURE of connect is 401 with --auth-reject http', async (t) => {
  const script = {connect: {status: 2, transmissions: [JSON.stringify(unauthorized)]}};
  const {daemon: strict} = await start(t, script, ['--auth-reject', 'http']);
  assert.equal((await refusedUpgrade(cableUrl(strict))).status, 401);
  await strict.waitForMetric('ability_failed_auths_total', 1);
});

test('ERROR of connect closes with 1011 and no message, or is 503 with --auth-reject http', async (t) => {
  const script = {connect: {status: 0, error_msg: 'oops', transmissions: ['{"not":"sent"}']}};
  const {daemon} = await start(t, script);
  for (const offered of [undefined, []]) {
    const cable = await openCable(t, daemon, {offered});
    assert.equal((await cable.waitForClose()).code, 1011);
    assert.equal(cable.inbox.size, 0);
  }
  await daemon.waitForMetric('ability_failed_auths_total', 2);
  const {daemon: strict} = await start(t, script, ['--auth-reject', 'http']);
  assert.equal((await refusedUpgrade(cableUrl(strict), {offered: []})).status, 503);
});

test('identifiers of the application name the connections that a remote disconnect ends', async (t) => {
  const {app, daemon} = await start(t, {connect: ({sid, body}) => (
    {status: 1, identifiers: JSON.stringify({user: new URL(body.env.url).searchParams.get('u')}), transmissions: [welcome(sid)]})},
  ['--broadcast-key', 'none']);
  const [one, two, other] = [
    await connectCable(t, daemon, {path: '/cable?u=1'}), await connectCable(t, daemon, {path: '/cable?u=1'}),
    await connectCable(t, daemon, {path: '/cable?u=2'})];
  await daemon.post({command: 'disconnect', payload: {identifier: '{"user":"1"}', reconnect: false}});
  for (const cable of [one, two]) {
    assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'remote', reconnect: false});
    await cable.waitForClose();
  }
  await other.expectQuiet();
  assert.deepEqual([(await app.next('disconnect')).sid, (await app.next('disconnect')).sid].sort(), [one.sid, two.sid].sort());
});

// -- states --

test('states are merged as deltas; an empty text deletes its key', async (t) => {
  const replies = [
    {cstate: {b: '20', n: '1'}, istate: {i: 'x', '$p': 'p'}},
    {cstate: {a: ''}, istate: {i: '', j: '{"q":1}'}},
    {},
    {cstate: {absent: ''}},
  ];
  const {app, daemon} = await start(t, {
    connect: ({sid}) => ({status: 1, identifiers: '{}', transmissions: [welcome(sid)], env: {cstate: {a: '1', b: '2'}}}),
    subscribe: ({body}) => ({status: 1, transmissions: [confirmation(body.identifier)], env: replies.shift()}),
    message: () => ({status: 1, env: replies.shift()}),
  });
  const cable = await connectCable(t, daemon);
  const states = ({body: {env: {cstate, istate}}}) => ({cstate, istate});
  const identifier = await join(cable);
  assert.deepEqual(states(await app.next('subscribe')), {cstate: {a: '1', b: '2'}, istate: undefined});
  for (const expected of [
    {cstate: {a: '1', b: '20', n: '1'}, istate: {i: 'x', '$p': 'p'}},
    {cstate: {b: '20', n: '1'}, istate: {'$p': 'p', j: '{"q":1}'}},
    {cstate: {b: '20', n: '1'}, istate: {'$p': 'p', j: '{"q":1}'}},
  ]) {
    act(cable, identifier);
    assert.deepEqual(states(await app.next('message')), expected);
  }
});

test('the state of a subscription is its own, and gone with it', async (t) => {
  const {app, daemon} = await start(t, {subscribe: ({body}) => (
    {status: 1, transmissions: [confirmation(body.identifier)], env: {istate: {of: body.identifier}}})});
  const cable = await connectCable(t, daemon);
  const [a, b] = [await join(cable, channel('A')), await join(cable, channel('B'))];
  act(cable, a);
  assert.deepEqual((await app.next('message')).body.env.istate, {of: a});
  cable.send({command: 'unsubscribe', identifier: a});
  assert.deepEqual((await app.next('unsubscribe')).body.env.istate, {of: a});
  app.script.subscribe = undefined;
  await join(cable, a);
  act(cable, a);
  assert.equal((await app.next('message')).body.env.istate, undefined);
  act(cable, b);
  assert.deepEqual((await app.next('message')).body.env.istate, {of: b});
});

// -- subscribe, message, unsubscribe --

test('what a command transmits arrives byte for byte, in order', async (t) => {
  const transmissions = ['{ "b":1, "a":[1.10, 12345678901234567890]}', 'no JSON', '"\\u00e9é\\/"', '1', '2', '3'];
  const {daemon} = await start(t, {message: {status: 1, transmissions}});
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  act(cable, identifier);
  for (const expected of transmissions) assert.equal(await cable.nextText(), expected);
  await cable.expectQuiet();
});

test('streams are attached before the confirmation arrives', async (t) => {
  const {daemon} = await start(t, {subscribe: follow('a', 'b', 'c')}, ['--broadcast-key', 'none', '--lanes', '2']);
  for (let round = 0; round < 20; round += 1) {
    const cable = await connectCable(t, daemon);
    const identifier = await join(cable);
    for (const stream of ['a', 'b', 'c']) {
      await daemon.publish(stream, `"${stream}${round}"`);
      assert.deepEqual(await cable.next(), {identifier, message: `${stream}${round}`});
    }
    await cable.leave();
  }
});

test('a stream that is named twice is followed once; message may add one', async (t) => {
  const {daemon} = await start(t, {subscribe: follow('a', 'a', ''), message: {status: 1, streams: ['a', 'b']}},
    ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  act(cable, identifier);
  await cable.expectQuiet();
  await daemon.publish('a', '1');
  await daemon.publish('b', '2');
  assert.deepEqual(await cable.next(), {identifier, message: 1});
  assert.deepEqual(await cable.next(), {identifier, message: 2});
  await cable.expectQuiet();
});

test('stopped_streams ends these, of this subscription only', async (t) => {
  const {daemon} = await start(t, {subscribe: follow('a', 'b'), message: {status: 1, stopped_streams: ['a', 'unknown']}},
    ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const [one, two] = [await join(cable, channel('A')), await join(cable, channel('B'))];
  act(cable, one);
  await cable.expectQuiet();
  await daemon.publish('a', '1');
  assert.deepEqual(await cable.next(), {identifier: two, message: 1});
  await cable.expectQuiet();
  await daemon.publish('b', '2');
  assert.deepEqual([await cable.next(), await cable.next()].map(({identifier}) => identifier).sort(), [one, two].sort());
});

test('stop_streams ends all that were, and streams of the same answer are followed', async (t) => {
  const {daemon} = await start(t, {
    subscribe: follow('a', 'b'), message: {status: 1, stop_streams: true, streams: ['b', 'c'], transmissions: ['"done"']},
  }, ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  act(cable, identifier);
  assert.equal(await cable.nextText(), '"done"');
  for (const [stream, data] of [['a', '1'], ['b', '2'], ['c', '3']]) await daemon.publish(stream, data);
  assert.deepEqual(await cable.next(), {identifier, message: 2});
  assert.deepEqual(await cable.next(), {identifier, message: 3});
  await cable.expectQuiet();
  await daemon.waitForMetric('ability_broadcast_streams_num', 2);
});

test('disconnect:true closes when all else is done', async (t) => {
  for (const kind of ['subscribe', 'message', 'unsubscribe']) {
    const {app, daemon} = await start(t);
    const cable = await connectCable(t, daemon);
    const identifier = channel();
    if (kind !== 'subscribe') await join(cable, identifier);
    app.script[kind] = {status: 1, disconnect: true, transmissions: ['"bye"', '"bye bye"']};
    cable.send({command: kind, identifier, data: '{}'});
    assert.equal(await cable.nextText(), '"bye"', kind);
    assert.equal(await cable.nextText(), '"bye bye"');
    const {code} = await cable.waitForClose();
    assert.ok(code === 1000 || code === 1008, `closed with ${code}`);
    assert.equal(cable.inbox.size, 0);
    assert.equal((await app.next('disconnect')).sid, cable.sid);
  }
});

test('FAILURE of subscribe sends what the application says; there is no subscription', async (t) => {
  const {app, daemon} = await start(t, {subscribe: ({body}) => (
    {status: 2, transmissions: ['"first"', rejection(body.identifier)], streams: ['a'], env: {istate: {i: '1'}}})});
  const cable = await connectCable(t, daemon);
  const identifier = channel();
  cable.send({command: 'subscribe', identifier});
  assert.equal(await cable.nextText(), '"first"');
  assert.equal(await cable.nextText(), rejection(identifier));
  await cable.expectQuiet('one rejection is enough');
  assert.equal(await daemon.metric('ability_broadcast_streams_num'), 0);
  act(cable, identifier);
  await cable.expectQuiet();
  assert.equal(app.of('message').length, 0);
  // It may try again.
  app.script.subscribe = undefined;
  await join(cable, identifier);
  assert.equal((await app.next('subscribe')).body.env.istate, undefined);
});

for (const [status, reply] of [['FAILURE without a word', {status: 2}], ['ERROR', {status: 0, error_msg: 'oops'}]]) {
  test(`${status} of subscribe is a rejection`, async (t) => {
    const {daemon} = await start(t, {subscribe: reply});
    const cable = await connectCable(t, daemon);
    const identifier = channel();
    for (let tries = 0; tries < 2; tries += 1) {
      cable.send({command: 'subscribe', identifier});
      assert.deepEqual(await cable.next(), {type: 'reject_subscription', identifier});
    }
    await cable.expectQuiet();
    await daemon.waitForMetric('ability_failed_client_msg_total', 2);
  });
}

test('FAILURE of message does all the same what the application says; ERROR changes nothing', async (t) => {
  const {app, daemon} = await start(t, {subscribe: follow('a'), message: {status: 2, transmissions: ['"no"'], streams: ['b']}},
    ['--broadcast-key', 'none']);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  act(cable, identifier);
  assert.equal(await cable.nextText(), '"no"');
  await daemon.publish('b', '1');
  assert.deepEqual(await cable.next(), {identifier, message: 1});
  app.script.message = {status: 0, error_msg: 'oops', stop_streams: true, transmissions: ['"not sent"']};
  act(cable, identifier);
  await cable.expectQuiet();
  await daemon.publish('a', '2');
  assert.deepEqual(await cable.next(), {identifier, message: 2});
  await daemon.waitForMetric('ability_failed_client_msg_total', 2);
});

test('unsubscribe ends the subscription whatever the application says', async (t) => {
  for (const reply of [{status: 1}, {status: 2}, {status: 0}, {status: 1, streams: ['b']}]) {
    const {daemon} = await start(t, {subscribe: follow('a'), unsubscribe: reply}, ['--broadcast-key', 'none']);
    const cable = await connectCable(t, daemon);
    const identifier = await join(cable);
    cable.send({command: 'unsubscribe', identifier});
    await cable.expectQuiet();
    await daemon.waitForMetric('ability_broadcast_streams_num', 0);
    await daemon.publish('a', '1');
    await join(cable, identifier);
  }
});

test('a second subscribe, and commands for what is no subscription, are not asked of the application', async (t) => {
  const {app, daemon} = await start(t);
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  cable.send({command: 'subscribe', identifier});
  assert.deepEqual(await cable.next('the second confirmation'), {type: 'confirm_subscription', identifier});
  act(cable, channel('Unknown'));
  cable.send({command: 'unsubscribe', identifier: channel('Unknown')});
  await cable.expectQuiet();
  assert.deepEqual(app.calls.map(({kind}) => kind), ['connect', 'subscribe']);
  await daemon.waitForMetric('ability_failed_client_msg_total', 2);
});

test('one connection has one call at a time, in the order of its commands', async (t) => {
  let under = 0;
  let most = 0;
  const {app, daemon} = await start(t, {message: async ({body}) => {
    under += 1;
    most = Math.max(most, under);
    await new Promise((resolve) => setImmediate(resolve));
    under -= 1;
    return {status: 1, transmissions: [body.data]};
  }});
  const cable = await connectCable(t, daemon);
  const identifier = await join(cable);
  for (let at = 0; at < 100; at += 1) act(cable, identifier, String(at));
  for (let at = 0; at < 100; at += 1) assert.equal(await cable.nextText(), String(at));
  assert.equal(most, 1);
  assert.equal(app.of('message').length, 100);
});

test('commands that come before the application has let the client in are obeyed after the welcome', async (t) => {
  const held = gate();
  const {app, daemon} = await start(t, {connect: async ({sid}) => {
    await held.opened;
    return {status: 1, identifiers: '{"late":1}', transmissions: [welcome(sid)]};
  }});
  const raw = await connectRaw(t, daemon.port);
  const answered = raw.upgrade();
  raw.command({command: 'subscribe', identifier: channel()});
  raw.command({command: 'ping'});
  await app.next('connect');
  assert.equal(app.calls.length, 1);
  held.open();
  assert.equal((await answered).status, 101);
  assert.equal((await raw.nextMessage()).type, 'welcome');
  assert.equal((await raw.nextMessage()).type, 'confirm_subscription');
  assert.deepEqual(await raw.nextMessage(), {type: 'pong'});
  assert.equal((await app.next('subscribe')).body.connection_identifiers, '{"late":1}');
});

test('--norpc asks nobody', async (t) => {
  const {app, daemon} = await start(t, {}, ['--norpc']);
  const cable = await openCable(t, daemon);
  assert.deepEqual(await cable.next(), unauthorized);
  assert.equal(app.calls.length, 0);
});

test('$pubsub is never asked of the application, other channels of a public connection are', async (t) => {
  const {app, daemon} = await start(t, {}, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  await join(cable);
  assert.deepEqual(app.calls.map(({kind}) => kind), ['subscribe']);
  assert.equal(app.calls[0].body.connection_identifiers, `{"sid":"${cable.sid}"}`);
});

test('answers in chunks of one byte are read', async (t) => {
  const {daemon} = await start(t, {
    connect: ({sid}) => chunked({status: 1, identifiers: '{}', transmissions: [welcome(sid)]}),
    subscribe: ({body}) => chunked({status: 1, transmissions: [confirmation(body.identifier)]}),
  });
  await join(await connectCable(t, daemon));
});

test('an application by https is asked if its certificate is that of its name', async (t) => {
  const {certificate, key, pem} = makeCertificate(t);
  const app = await startHttpApp(t, {}, {tls: {cert: pem, key: readFileSync(key)}});
  const trusting = await startDaemon(t, ['--rpc-host', app.url.replace('127.0.0.1', 'localhost'), '--rpc-tls-root-ca',
    certificate]);
  await join(await connectCable(t, trusting));
  const strict = await startDaemon(t, ['--rpc-host', app.url]);
  assert.equal((await (await openCable(t, strict)).waitForClose()).code, 1011);
  assert.match(await strict.waitForLog(/app server call failed/), /unauthorized/);
  const careless = await startDaemon(t, ['--rpc-host', app.url, '--rpc-tls-verify=false']);
  await join(await connectCable(t, careless));
});

test('every call is counted with its time, and logged with the sid', async (t) => {
  const {daemon} = await start(t, {message: {status: 2}}, ['--debug']);
  const cable = await connectCable(t, daemon);
  act(cable, await join(cable));
  await cable.expectQuiet();
  await cable.leave();
  await daemon.waitForMetric('ability_rpc_call_total', 4);
  const {samples} = await daemon.metrics();
  const count = (method, status) => samples.get(`ability_rpc_duration_seconds_count{method="${method}",status="${status}"}`);
  assert.equal(count('connect', 'success'), 1);
  assert.equal(count('command', 'success'), 1);
  assert.equal(count('command', 'failure'), 1);
  assert.equal(count('disconnect', 'success'), 1);
  assert.equal(samples.get('ability_rpc_error_total'), 0);
  assert.equal(samples.get('ability_rpc_pending_num'), 0);
  await daemon.waitForLog(/app server called.*method=disconnect/);
  const lines = daemon.lines.filter((line) => /app server called/.test(line));
  assert.equal(lines.length, 4);
  for (const line of lines) assert.ok(line.includes(cable.sid), line);
});
