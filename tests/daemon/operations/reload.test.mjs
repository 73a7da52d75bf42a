// Labels: hardened
// SIGHUP: the configuration is read again while the daemon serves.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {connectCable, openCable, refusedUpgrade} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {defer} from '../support/cleanup.mjs';
import {clusterSecret, portOf} from '../support/cluster.mjs';
import {ctl, ctlFails} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {fileOf, jwt, rsa, seconds, signStream} from '../support/tokens.mjs';

const ext = '{"user":"1"}';
const jid = (token) => ({path: `/cable?jid=${encodeURIComponent(token)}`});
const toml = (settings) => Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join('');

/** A daemon with a file of settings; `again(changes)` writes others and returns what SIGHUP made of them. */
async function configured(t, settings, args = []) {
  const file = fileOf(t, toml(settings), 'abilityd.toml');
  const daemon = await startDaemon(t, ['--config-path', file, ...args]);
  daemon.again = async (changes, text = toml({...settings, ...changes}), told = /configuration (not )?loaded again/) => {
    writeFileSync(file, text);
    const from = daemon.lines.length;
    daemon.signal('SIGHUP');
    return daemon.waitForLog(told, {from});
  };
  return daemon;
}

test('what takes effect, what is as it was and what needs a restart is told', async (t) => {
  const certificate = makeCertificate(t);
  const jwks = fileOf(t, {keys: [{kty: 'oct', k: 'czNjcmV0'}]}, 'keys.json');
  const daemon = await configured(t, {
    public: true, max_conn: 100, ssl_cert: certificate.certificate, ssl_key: certificate.key, jwt_jwks: jwks,
  });
  writeFileSync(jwks, JSON.stringify({keys: [{kty: 'oct', k: 'bmV3'}]}));
  const told = await daemon.again({max_conn: 200, secret: 's3cret', lanes: 7, redis_channel: 'other'});
  const files = `ssl_cert:${certificate.certificate},ssl_key:${certificate.key}`;
  assert.ok(told.endsWith(
    `warn  configuration loaded again changed=jwt_jwks,max_conn,secret unchanged=${files} needs_restart=lanes,redis_channel`), told);
  assert.doesNotMatch(daemon.lines.join('\n'), /s3cret/);
  const again = await daemon.again({max_conn: 200, secret: 's3cret'});
  assert.match(again, / info /);
  assert.ok(again.endsWith(`changed=none unchanged=jwt_jwks:${jwks},${files} needs_restart=none`), again);
});

test('a configuration with a mistake changes nothing, and the mistake is told', async (t) => {
  const settings = {public: true, max_subscriptions: 1};
  const daemon = await configured(t, settings);
  const certificate = makeCertificate(t);
  for (const [changes, text, why] of [
    [{max_subscriptions: 2, max_conn: 'eighty'}, undefined, /max_conn .*eighty/],
    [{}, 'max_subscriptions = 2\nmax_konn = 5\n', /max_konn.*is no key/],
    [{}, 'max_subscriptions = \n', /line 1/],
    [{max_subscriptions: 2, jwt_jwks: '/nowhere/keys.json'}, undefined, /cannot read \/nowhere\/keys\.json: No such file/],
    [{max_subscriptions: 2, jwt_public_key: [certificate.certificate]}, undefined, /must hold a PUBLIC KEY/],
    [{max_subscriptions: 2, ssl_cert: certificate.certificate}, undefined, /ssl_cert.*without --ssl-key/],
  ]) {
    const told = await daemon.again(changes, text);
    assert.match(told, /error +configuration not loaded again, the one in force stays reason=/);
    assert.match(told, why);
    const cable = await connectCable(t, daemon);
    await cable.subscribe('one');
    cable.send({command: 'subscribe', identifier: '{"channel":"$pubsub","stream_name":"two"}'});
    assert.equal((await cable.next()).type, 'reject_subscription');
    await cable.leave();
  }
  assert.match(await daemon.again({max_subscriptions: 2}), /changed=max_subscriptions /);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('one');
  await cable.subscribe('two');
});

test('a file that has become a pipe that nobody writes to holds up no later signal', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-reload-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  const file = path.join(folder, 'abilityd.toml');
  writeFileSync(file, toml({public: true, max_conn: 1}));
  const daemon = await startDaemon(t, ['--config-path', file]);
  rmSync(file);
  assert.equal(spawnSync('mkfifo', [file]).status, 0);
  daemon.signal('SIGHUP');
  await daemon.waitForLog(/error +configuration not loaded again, the one in force stays reason=.*is a pipe/, {ms: 2 * patience});
  rmSync(file);
  writeFileSync(file, toml({public: true, max_conn: 2}));
  daemon.signal('SIGHUP');
  await daemon.waitForLog(/configuration loaded again changed=max_conn /);
});

test('keys of tokens are others: by secret, by file and from --secret', async (t) => {
  const daemon = await configured(t, {jwt_secret: ['first']});
  const token = (secret) => jwt({ext, exp: seconds() + 60}, secret);
  const old = await connectCable(t, daemon, jid(token('first')));
  await daemon.again({jwt_secret: ['first', 'second']});
  for (const secret of ['first', 'second']) await connectCable(t, daemon, jid(token(secret)));
  const {publicKey, privateKey} = rsa();
  const jwks = fileOf(t, {keys: [{...publicKey.export({format: 'jwk'}), kid: 'r'}]}, 'keys.json');
  await daemon.again({jwt_secret: ['second'], jwt_jwks: jwks});
  await connectCable(t, daemon, jid(jwt({ext}, privateKey, {alg: 'RS256', header: {kid: 'r'}})));
  const refused = await openCable(t, daemon, jid(token('first')));
  assert.equal((await refused.next()).reason, 'unauthorized');
  await old.expectQuiet('who is in stays');
  await daemon.again({jwt_secret: [], secret: 'third'});
  await connectCable(t, daemon, jid(token('third')));
});

test('keys of publishers, of signed streams and of the application are others', async (t) => {
  const app = await startHttpApp(t);
  const daemon = await configured(t, {secret: 'first', noauth: true, rpc_host: app.url, streams_secret: 'streams1'});
  const follow = (cable, secret) => {
    cable.send({command: 'subscribe', identifier: JSON.stringify({channel: '$pubsub', signed_stream_name: signStream('s', secret)})});
    return cable.next();
  };
  await daemon.again({broadcast_key: 'k2', streams_secret: 'streams2', http_rpc_secret: 'app2'});
  const status = async (key) => (await daemon.post({stream: 's', data: '1'}, {headers: {authorization: `Bearer ${key}`}})).status;
  assert.equal(await status('k2'), 201);
  assert.equal(await status('first'), 401);
  const cable = await connectCable(t, daemon);
  assert.equal((await follow(cable, 'streams1')).type, 'reject_subscription');
  assert.equal((await follow(cable, 'streams2')).type, 'confirm_subscription');
  cable.send({command: 'subscribe', identifier: '{"channel":"ChatChannel"}'});
  await eventually('the application to be asked by the new secret', () => (
    app.calls.some((call) => call.headers.authorization === 'Bearer app2')));
});

test('limits and the level of the log are others, for all lanes', async (t) => {
  const daemon = await configured(t, {public: true}, ['--lanes', '3']);
  await daemon.again({max_conn: 3, log_level: 'debug', max_message_size: 100});
  const cables = [];
  for (let made = 0; made < 3; made += 1) cables.push(await connectCable(t, daemon));
  assert.equal((await refusedUpgrade(`ws://127.0.0.1:${daemon.port}/cable`)).status, 503);
  await daemon.waitForLog(/\bdebug\b/);
  for (const cable of cables) {
    cable.sendText('x'.repeat(101));
    assert.equal((await cable.waitForClose()).code, 1009);
  }
  await daemon.again({});
  for (let made = 0; made < 5; made += 1) await connectCable(t, daemon);
});

test('secrets of monitoring programs are others', async (t) => {
  const daemon = await configured(t, {cluster_secret: clusterSecret}, ['--monitor-listen', '127.0.0.1:0']);
  const node = `127.0.0.1:${await portOf(daemon, 'monitor')}`;
  const drain = ['drain', '--within', '0', '--node', node];
  await daemon.again({cluster_secret: 'another'});
  await ctlFails(t, [...drain, '--secret', clusterSecret], /secret/);
  assert.equal((await ctl(t, [...drain, '--secret', 'another'])).code, 0);
});

test('secrets of a port stay as long as the port', async (t) => {
  const settings = {public: true, cluster_secret: clusterSecret, cluster_listen: '127.0.0.1:0', monitor_secret: 'm'};
  const daemon = await configured(t, settings);
  const node = `127.0.0.1:${await portOf(daemon, 'cluster')}`;
  const refused = /error +configuration not loaded again, .*--cluster-listen is given without a secret .*stay: cluster_listen\)/;
  assert.match(await daemon.again({}, 'public = true\nmonitor_secret = "m"\n'), refused);
  const gone = /error +configuration not loaded again, .*--monitor-secret is gone/;
  assert.match(await daemon.again({}, `public = true\ncluster_secret = "${clusterSecret}"\n`), gone);
  await ctlFails(t, ['drain', '--within', '0', '--node', node, '--secret', ''], /secret/);
  assert.equal((await ctl(t, ['drain', '--within', '0', '--node', node, '--secret', clusterSecret])).code, 0);
});

test('hundreds of SIGHUPs under load lose no client and no message', async (t) => {
  const daemon = await configured(t, {public: true}, ['--lanes', '2']);
  const cables = [];
  for (let made = 0; made < 20; made += 1) cables.push(await connectCable(t, daemon));
  for (const cable of cables) await cable.subscribe('s');
  for (let at = 0; at < 200; at += 1) {
    daemon.signal('SIGHUP');
    await daemon.publish('s', String(at));
  }
  for (const cable of cables) for (let at = 0; at < 200; at += 1) assert.equal((await cable.next()).message, at);
  await daemon.again({max_conn: 999}, undefined, /loaded again changed=max_conn/);
});
