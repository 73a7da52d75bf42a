// Labels: hardened
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, openCable, protocols, refusedUpgrade} from '../support/cable.mjs';
import {channel, join} from '../support/channel.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {patience} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {abilityctl, base64url, ec, fileOf, jwt, pem, rsa, seconds} from '../support/tokens.mjs';

const secret = 's3cret';
const ext = '{"user":"1"}';
const jid = (token) => ({path: `/cable?jid=${encodeURIComponent(token)}`});
const refusal = (reason) => ({type: 'disconnect', reason, reconnect: false});

async function refused(t, daemon, token, reason = 'unauthorized') {
  const cable = await openCable(t, daemon, jid(token));
  assert.deepEqual(await cable.next(), refusal(reason));
  await cable.waitForClose();
}

/** Proves by a remote disconnect who the connection is. */
async function assertIs(daemon, cable, identity) {
  await daemon.post({command: 'disconnect', payload: {identifier: identity}});
  assert.equal((await cable.next(`the end of ${identity}`)).reason, 'remote');
}

const keyed = (...args) => ['--jwt-secret', secret, '--broadcast-key', 'none',
  ...(args.includes('--jwt-leeway') ? [] : ['--jwt-leeway', '0']), ...args];

for (const [where, options] of [
  ['header', (token) => ({headers: {'x-jid': token}})],
  ['query', jid],
  ['query among others', (token) => ({path: `/cable?a=jid&xjid=x&jid=${token}&b=%41`})],
  ['subprotocol', (token) => ({offered: [...protocols, `anycable-token.${token}`]})],
  ['subprotocol before the others', (token) => ({offered: [`anycable-token.${token}`, ...protocols]})],
]) {
  test(`a token in the ${where} lets its bearer in, with the identity it holds`, async (t) => {
    const daemon = await startDaemon(t, keyed());
    const cable = await connectCable(t, daemon, options(jwt({ext, exp: seconds() + 60}, secret)));
    assert.equal(cable.socket.protocol, 'actioncable-v1-json');
    assert.ok(cable.sid.length >= 16);
    await assertIs(daemon, cable, ext);
  });
}

test('the header goes before the subprotocol, and that before the query', async (t) => {
  const daemon = await startDaemon(t, keyed());
  const token = (user) => jwt({ext: `{"user":"${user}"}`}, secret);
  const both = await connectCable(t, daemon, {...jid(token('q')), headers: {'x-jid': token('h')},
    offered: [...protocols, `anycable-token.${token('s')}`]});
  await assertIs(daemon, both, '{"user":"h"}');
  const two = await connectCable(t, daemon, {...jid(token('q')), offered: [...protocols, `anycable-token.${token('s')}`]});
  await assertIs(daemon, two, '{"user":"s"}');
});

test('--jwt-param names where the token is', async (t) => {
  const daemon = await startDaemon(t, keyed('--jwt-param', 'token'));
  const token = jwt({ext}, secret);
  await connectCable(t, daemon, {path: `/cable?token=${token}`});
  await connectCable(t, daemon, {headers: {'X-Token': token}});
  const cable = await openCable(t, daemon, jid(token));
  assert.deepEqual(await cable.next(), refusal('unauthorized'));
});

test('a token of abilityctl is accepted; without a key of its own that of --secret counts', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 'open sesame', '--broadcast-key', 'none']);
  const token = await abilityctl(['token', '{"name":"Zoë","list":[1,"a"]}'], {ABILITY_SECRET: 'open sesame'});
  const cable = await connectCable(t, daemon, jid(token));
  await assertIs(daemon, cable, '{"name":"Zoë","list":[1,"a"]}');
  await refused(t, daemon, await abilityctl(['token', '{}'], {ABILITY_SECRET: 'open says me'}));
  const other = await startDaemon(t, ['--secret', 'open sesame', '--jwt-secret', 'own']);
  await connectCable(t, other, jid(await abilityctl(['token', '--secret', 'own', '{}'])));
  await refused(t, other, token);
});

test('all of HS256, HS384 and HS512 are accepted, of several secrets', async (t) => {
  const daemon = await startDaemon(t, ['--jwt-secret', 'old,new']);
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    for (const key of ['old', 'new']) await connectCable(t, daemon, jid(jwt({ext}, key, {alg})));
    await refused(t, daemon, jwt({ext}, 'older', {alg}));
    await refused(t, daemon, jwt({ext}, 'old,new', {alg}));
  }
});

test('RS256 to ES512 are accepted by PEM files, each by its own key', async (t) => {
  const [one, two, curve, wide, stranger] = [rsa(), rsa(), ec(), ec('P-521'), rsa()];
  const daemon = await startDaemon(t, ['--jwt-public-key',
    [fileOf(t, pem(one.publicKey)), fileOf(t, pem(two.publicKey) + pem(curve.publicKey)), fileOf(t, pem(wide.publicKey))].join()]);
  for (const [key, algs] of [[one, ['RS256', 'RS384', 'RS512']], [two, ['RS256']], [curve, ['ES256']], [wide, ['ES512']]]) {
    for (const alg of algs) await connectCable(t, daemon, jid(jwt({ext}, key.privateKey, {alg})));
  }
  await refused(t, daemon, jwt({ext}, stranger.privateKey, {alg: 'RS256'}));
  await refused(t, daemon, jwt({ext}, ec().privateKey, {alg: 'ES256'}));
  await refused(t, daemon, jwt({ext}, wide.privateKey, {alg: 'ES256'}));
});

test('keys of a JWK Set are chosen by kid', async (t) => {
  const [one, two, curve] = [rsa(), rsa(), ec()];
  const jwk = (key, more) => ({...key.publicKey.export({format: 'jwk'}), ...more});
  const jwks = fileOf(t, {keys: [jwk(one, {kid: '1', use: 'sig', alg: 'RS256'}), jwk(two, {kid: '2'}), jwk(curve,
    {kid: 'c', extra: [1]}),
    {kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'unknown'}]});
  const daemon = await startDaemon(t, ['--jwt-jwks', jwks]);
  for (const [key, alg, kid] of [[one, 'RS256', '1'], [two, 'RS256', '2'], [curve, 'ES256', 'c'], [one, 'RS256'], [curve,
    'ES256', 'nobody']]) {
    await connectCable(t, daemon, jid(jwt({ext}, key.privateKey, {alg, header: {kid}})));
  }
  await refused(t, daemon, jwt({ext}, one.privateKey, {alg: 'RS256', header: {kid: '2'}}));
});

test('a key file that is missing or no key ends the start with a reason', async (t) => {
  for (const args of [
    ['--jwt-public-key', '/nowhere/key.pem'], ['--jwt-public-key', fileOf(t, 'no key')],
    ['--jwt-jwks', '/nowhere/jwks.json'], ['--jwt-jwks', fileOf(t, '{"keys":1}')], ['--jwt-jwks', fileOf(t, 'no JSON')],
  ]) {
    const {code, stderr} = await runDaemon(['--port', '0', ...args]);
    assert.notEqual(code, 0, String(args));
    assert.ok(stderr.includes(args[1]), stderr);
  }
});

test('a public key is no HMAC secret, and none is no algorithm', async (t) => {
  const key = rsa();
  const file = fileOf(t, pem(key.publicKey));
  for (const args of [['--jwt-public-key', file], ['--jwt-public-key', file, '--jwt-secret', secret]]) {
    const daemon = await startDaemon(t, args);
    for (const text of [pem(key.publicKey), pem(key.publicKey).trim(), '']) await refused(t, daemon, jwt({ext}, text || ' '));
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', 'HS1', 'PS256', 'EdDSA', 'hs256', 'RS256\u0000', null, 1,
      ['HS256'], undefined]) {
      const head = base64url({typ: 'JWT', alg});
      for (const signature of ['', 'x', jwt({ext}, secret).split('.')[2]]) {
        await refused(t, daemon, `${head}.${base64url({ext})}.${signature}`);
      }
    }
    await refused(t, daemon, jwt({ext}, key.privateKey, {alg: 'HS256', signAs: 'RS256'}));
    await refused(t, daemon, jwt({ext}, secret, {alg: 'RS256', signAs: 'HS256'}));
  }
});

test('an expired token is told as such, but only if its signature is right', async (t) => {
  const daemon = await startDaemon(t, keyed());
  await refused(t, daemon, jwt({ext, exp: seconds() - 1}, secret), 'token_expired');
  await refused(t, daemon, jwt({ext, exp: 0}, secret), 'token_expired');
  await refused(t, daemon, jwt({ext, exp: seconds() - 1}, 'wrong'), 'unauthorized');
  await daemon.waitForMetric('ability_failed_auths_total', 3);
});

test('anything else that is wrong is unauthorized', async (t) => {
  const daemon = await startDaemon(t, keyed('--debug'));
  const good = jwt({ext}, secret);
  const [head, claims, signature] = good.split('.');
  const wrong = [
    'garbage', '.', '..', '...', 'a.b.c', `${head}.${claims}`, `${head}.${claims}.`, `${head}.${claims}.${signature}.`,
    `${head}.${claims}.${signature.slice(0, -2)}`, `${head}.${claims}.${signature}A`, `${head}.${claims}.${signature}=`,
    `${head}.${base64url({ext: '{"user":"2"}'})}.${signature}`, `${head}.${claims.slice(0, -1)}.${signature}`,
    `${base64url('no JSON')}.${claims}.${signature}`, good.replace('.', '. '), `"${good}"`, `${good}\u0000`,
    jwt({ext, nbf: seconds() + 60}, secret), jwt({}, secret), jwt({ext: {user: 1}}, secret), jwt({ext: ''}, secret),
      jwt({ext: null}, secret),
    jwt({ext, exp: 'soon'}, secret), jwt({ext, exp: {}}, secret), jwt({ext, nbf: '1'}, secret), jwt([], secret),
      jwt('"text"', secret),
    jwt('{"ext":"{}"', secret), jwt({ext}, secret, {header: {crit: ['b64'], b64: false}}), jwt({ext}, secret, {header: {kid: 7}}),
  ];
  for (const token of wrong) await refused(t, daemon, token);
  await connectCable(t, daemon, jid(good));
  await daemon.stop();
  const log = daemon.lines.join('\n');
  assert.doesNotMatch(log, /s3cret/);
  assert.ok(!log.includes(signature), 'a signature in the log');
});

test('a token that is too large for the head of a request is refused, a long one is not', async (t) => {
  const daemon = await startDaemon(t, keyed());
  await connectCable(t, daemon, jid(jwt({ext, pad: 'x'.repeat(11_000)}, secret)));
  for (const size of [20_000, 200_000]) {
    const token = jwt({ext, pad: 'x'.repeat(size)}, secret);
    assert.equal((await refusedUpgrade(`${daemon.url.replace('http', 'ws')}/cable?jid=${token}`)).status, 431);
  }
});

test('a running connection ends when its token expires, whether it is pinged or not', async (t) => {
  const daemons = [await startDaemon(t, keyed('--public-streams', '--ping-interval', '0')), await startDaemon(t,
    keyed('--public-streams'))];
  const exp = seconds() + 2;
  await Promise.all(daemons.map(async (daemon) => {
    const cable = await connectCable(t, daemon, jid(jwt({ext, exp}, secret)));
    const lasting = await connectCable(t, daemon, jid(jwt({ext, exp: exp + 600}, secret)));
    const endless = await connectCable(t, daemon, jid(jwt({ext}, secret)));
    await cable.subscribe('s');
    assert.deepEqual(await cable.next('the end'), {...refusal('token_expired'), reconnect: true});
    const late = Date.now() - exp * 1000;
    assert.ok(late >= 0, `${-late} ms too early`);
    assert.ok(late < patience * 0.15, `${late} ms too late`);
    await cable.waitForClose();
    await lasting.expectQuiet();
    await endless.expectQuiet();
    await daemon.waitForMetric('ability_clients_num', 2);
    await daemon.waitForMetric('ability_broadcast_streams_num', 0);
  }));
});

test('clocks may differ by 10 s, or by --jwt-leeway', async (t) => {
  const usual = await startDaemon(t, ['--jwt-secret', secret]);
  for (const claims of [{nbf: seconds() + 5}, {exp: seconds() - 2}, {iat: seconds() + 3_600}]) {
    await connectCable(t, usual, jid(jwt({ext, ...claims}, secret)));
  }
  await refused(t, usual, jwt({ext, nbf: seconds() + 30}, secret));
  await refused(t, usual, jwt({ext, exp: seconds() - 11}, secret), 'token_expired');
  const wide = await startDaemon(t, ['--jwt-secret', secret, '--jwt-leeway', '60']);
  await connectCable(t, wide, jid(jwt({ext, nbf: seconds() + 30}, secret)));
  await connectCable(t, wide, jid(jwt({ext, exp: seconds() - 11}, secret)));
});

test('a running connection ends when its token counts no more, and not before', async (t) => {
  const daemon = await startDaemon(t, keyed('--jwt-leeway', '2', '--ping-interval', '0'));
  const exp = seconds();
  const token = jwt({ext, exp}, secret);
  const cable = await connectCable(t, daemon, jid(token));
  assert.equal((await cable.next('the end')).reason, 'token_expired');
  assert.ok(Date.now() >= (exp + 2) * 1000, 'too early');
  // Whoever comes back with the same token is not sent round in circles.
  await refused(t, daemon, token, 'token_expired');
});

test('--jwt-expiry-reconnect=false has a client stay away when its token expires', async (t) => {
  const daemon = await startDaemon(t, keyed('--jwt-expiry-reconnect=false'));
  const cable = await connectCable(t, daemon, jid(jwt({ext, exp: seconds() + 2}, secret)));
  assert.deepEqual(await cable.next('the end'), refusal('token_expired'));
  await cable.waitForClose();
  assert.equal(cable.close.code, 1000);
});

test('without --enforce-jwt who has no token is asked about; with it nobody gets in without', async (t) => {
  const app = await startHttpApp(t);
  const free = await startDaemon(t, ['--rpc-host', app.url, '--jwt-secret', secret]);
  await connectCable(t, free);
  assert.equal(app.of('connect').length, 1);
  for (const more of [[], ['--public'], ['--noauth']]) {
    const strict = await startDaemon(t, ['--rpc-host', app.url, '--jwt-secret', secret, '--enforce-jwt', ...more]);
    const cable = await openCable(t, strict);
    assert.deepEqual(await cable.next(), refusal('unauthorized'));
    await connectCable(t, strict, jid(jwt({ext}, secret)));
  }
  assert.equal(app.of('connect').length, 1);
});

test('--enforce-jwt without a key that could verify a token is no way to start', async () => {
  for (const args of [[], ['--public'], ['--jwt-secret', 'none'], ['--secret', 'x', '--jwt-secret', 'none', '--public']]) {
    const {code, stderr} = await runDaemon(['--port', '0', '--enforce-jwt', ...args]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--jwt-secret/);
  }
});

test('a token that is given and wrong lets nobody in, even where anybody may', async (t) => {
  const app = await startHttpApp(t);
  for (const args of [['--public'], ['--rpc-host', app.url]]) {
    const daemon = await startDaemon(t, ['--jwt-secret', secret, ...args]);
    await refused(t, daemon, jwt({ext}, 'wrong'));
  }
  assert.equal(app.calls.length, 0);
});

test('who has a token is not asked about, but the application is told who acts', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await startDaemon(t, ['--rpc-host', app.url, '--jwt-secret', secret]);
  const token = jwt({ext}, secret);
  const quiet = await connectCable(t, daemon, {headers: {'x-jid': token}});
  const cable = await connectCable(t, daemon, {offered: [...protocols, `anycable-token.${token}`]});
  const identifier = await join(cable, channel());
  const {body} = await app.next('subscribe');
  assert.equal(body.connection_identifiers, ext);
  assert.deepEqual(body.env.headers, {'x-jid': token, REMOTE_ADDR: '127.0.0.1'});
  await quiet.leave();
  await cable.leave();
  const left = await app.next('disconnect');
  assert.equal(left.sid, cable.sid);
  assert.deepEqual(left.body.subscriptions, [identifier]);
  await daemon.stop();
  assert.deepEqual(app.calls.map(({kind}) => kind), ['subscribe', 'disconnect'], 'of the other it was never asked');
});

test('tokens that are refused are told so to any other WebSocket client, or 401 with --auth-reject http', async (t) => {
  const daemon = await startDaemon(t, keyed());
  const path = `/cable?jid=${jwt({ext, exp: 1}, secret)}`;
  const cable = await openCable(t, daemon, {path, offered: []});
  assert.deepEqual(await cable.next(), refusal('token_expired'));
  await cable.waitForClose();
  const strict = await startDaemon(t, keyed('--auth-reject', 'http'));
  assert.equal((await refusedUpgrade(`${strict.url.replace('http', 'ws')}${path}`, {offered: []})).status, 401);
});
