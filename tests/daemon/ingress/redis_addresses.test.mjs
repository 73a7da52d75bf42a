// Labels: hardened
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import path from 'node:path';
import {test} from 'node:test';
import {Authority} from '../support/authority.mjs';
import {connectCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {freePort} from '../support/ports.mjs';
import {startRedis} from '../support/redis.mjs';

/** A broadcast of that many bytes goes by way of Redis to a client of a daemon with `args`. */
async function flows(t, redis, args, {env, size = 10} = {}) {
  const daemon = await startDaemon(t, ['--public', ...args], {env});
  await redis.waitForSubscriber();
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  await redis.publish({stream: 's', data: JSON.stringify('x'.repeat(size))});
  assert.equal((await cable.next()).message.length, size);
  return daemon;
}

/** A Redis that speaks TLS at another port, too, at two addresses. */
async function startTlsRedis(t, {certificate, key, ca = certificate, clients = 'no'}) {
  const tlsPort = await freePort();
  const redis = await startRedis(t, ['--tls-port', String(tlsPort), '--tls-cert-file', certificate, '--tls-key-file', key,
    '--tls-ca-cert-file', ca, '--tls-auth-clients', clients, '--bind', '127.0.0.1', '127.0.0.2']);
  return {redis, url: `rediss://localhost:${tlsPort}`};
}

test('rediss:// speaks TLS, for large publications, too', async (t) => {
  const files = makeCertificate(t);
  const {redis, url} = await startTlsRedis(t, files);
  await flows(t, redis, ['--redis-url', url, '--redis-tls-ca-cert-path', files.certificate], {size: 900_000});
});

test('TLS without a look at the certificate', async (t) => {
  const {redis, url} = await startTlsRedis(t, makeCertificate(t));
  const daemon = await flows(t, redis, ['--redis-url', url, '--redis-tls-verify=false']);
  await daemon.stop();
  await flows(t, redis, [], {env: {REDIS_URL: `${url}/0?skip_verify=true`}});
});

test('a certificate that is not trusted is refused, and the log names the options', async (t) => {
  const {redis, url} = await startTlsRedis(t, makeCertificate(t));
  const daemon = await startDaemon(t, ['--public', '--redis-url', url]);
  assert.match(await daemon.waitForLog(/redis not reached/), /not trusted.*--redis-tls-ca-cert-path.*--redis-tls-verify=false/);
  assert.equal((await redis.command('PUBSUB', 'NUMSUB', '__anycable__'))[1], 0);
});

test('a certificate for another name is refused', async (t) => {
  const authority = new Authority(t);
  const {redis, url} = await startTlsRedis(t, {...authority.issue(), ca: authority.certificate});
  const daemon = await startDaemon(t, ['--public', '--redis-url', url.replace('localhost', '127.0.0.2'),
    '--redis-tls-ca-cert-path', authority.certificate]);
  assert.match(await daemon.waitForLog(/redis not reached/), /IP address mismatch \(it has to name this host/);
  await daemon.stop();
  await flows(t, redis, ['--redis-url', url, '--redis-tls-ca-cert-path', authority.certificate]);
});

test('a Redis that asks for a certificate gets one', async (t) => {
  const authority = new Authority(t);
  const {redis, url} = await startTlsRedis(t, {...authority.issue(), ca: authority.certificate, clients: 'yes'});
  const own = authority.issue({name: 'daemon'});
  const trust = ['--redis-url', url, '--redis-tls-ca-cert-path', authority.certificate];
  const without = await startDaemon(t, ['--public', ...trust]);
  assert.match(await without.waitForLog(/redis not reached/), /TLS: .*certificate required .*--redis-tls-client-cert-path and --redis-tls-client-key-path/);
  await without.stop();
  await flows(t, redis, [...trust, '--redis-tls-client-cert-path', own.certificate, '--redis-tls-client-key-path', own.key]);
});

test('files that are not there are named', async (t) => {
  const {url} = await startTlsRedis(t, makeCertificate(t));
  const daemon = await startDaemon(t, ['--public', '--redis-url', url, '--redis-tls-ca-cert-path', '/nowhere/ca.pem']);
  assert.match(await daemon.waitForLog(/redis not reached/), /\/nowhere\/ca\.pem/);
  const {code, stderr} = await runDaemon(['--redis-url', url, '--redis-tls-client-cert-path', '/nowhere/cert.pem']);
  assert.equal(code, 2);
  assert.match(stderr, /--redis-tls-client-cert-path is given without --redis-tls-client-key-path/);
});

test('a key that is encrypted is refused and not asked about', async (t) => {
  const files = makeCertificate(t);
  const {url} = await startTlsRedis(t, files);
  const encrypted = `${files.key}.encrypted`;
  execFileSync('openssl', ['pkey', '-in', files.key, '-aes256', '-passout', 'pass:open-sesame', '-out', encrypted]);
  const daemon = await startDaemon(t, ['--public', '--redis-url', url, '--redis-tls-ca-cert-path', files.certificate,
    '--redis-tls-client-cert-path', files.certificate, '--redis-tls-client-key-path', encrypted]);
  assert.match(await daemon.waitForLog(/redis not reached/), /key .*\.encrypted: the key is encrypted/);
  await connectCable(t, daemon);
});

test('unix:// is a socket file', async (t) => {
  const redis = await startRedis(t, ['--unixsocket', 'redis.sock']);
  const daemon = await flows(t, redis, ['--redis-url', `unix://${path.join(redis.folder, 'redis.sock')}?db=3`]);
  const clients = await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub');
  assert.match(clients, /redis\.sock:0.*\bdb=3\b/);
  await redis.kill();
  assert.match(await daemon.waitForLog(/redis lost/), /redis\.sock: /);
  await redis.start();
  await redis.waitForSubscriber();
});

test('a user may have no password', async (t) => {
  const redis = await startRedis(t, ['--user', 'cable', 'on', 'nopass', 'allchannels', 'allkeys', '+@all']);
  await flows(t, redis, ['--redis-url', redis.url.replace('://', '://cable@')]);
  assert.match(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'), /\buser=cable\b/);
});

test('parameters that mean nothing here are named, and the others work', async (t) => {
  const redis = await startRedis(t);
  const daemon = await flows(t, redis, [], {env: {REDIS_URL: `${redis.url}?pool_size=10&db=2&max_retries=3`}});
  assert.match(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub'), /\bdb=2\b/);
  for (const name of ['pool_size', 'max_retries']) {
    assert.ok(daemon.lines.some((line) => /has no effect/.test(line) && line.includes(name)), daemon.tail);
  }
});

test('--redis-url none is no Redis, whatever the environment says', async (t) => {
  const redis = await startRedis(t);
  const daemon = await startDaemon(t, ['--public', '--redis-url', 'none'], {env: {REDIS_URL: redis.url}});
  await connectCable(t, daemon);
  assert.equal((await redis.command('PUBSUB', 'NUMSUB', '__anycable__'))[1], 0);
  await daemon.stop();
  assert.doesNotMatch(daemon.lines.join('\n'), /redis/i);
});

test('REDIS_URL in the environment is taken, by TLS and with a log in', async (t) => {
  const files = makeCertificate(t);
  const {redis, url} = await startTlsRedis(t, files);
  await redis.command('ACL', 'SETUSER', 'cable', 'on', '>p@ss', 'allchannels', 'allkeys', '+@all');
  await startDaemon(t, ['--public'], {env: {
    REDIS_URL: url.replace('://', '://cable:p%40ss@'), ABILITY_REDIS_TLS_CA_CERT_PATH: files.certificate,
  }});
  await eventually('the user to subscribe', async () => {
    const clients = await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub');
    return /\buser=cable\b/.test(clients);
  });
});
