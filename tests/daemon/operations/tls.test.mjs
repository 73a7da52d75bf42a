// Labels: hardened
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync, writeFileSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {test} from 'node:test';
import tls from 'node:tls';
import {connectCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {defer} from '../support/cleanup.mjs';
import {ctlFails} from '../support/ctl.mjs';
import {Daemon, runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {connectRaw} from '../support/raw.mjs';

async function secureDaemon(t, made) {
  return startDaemon(t, ['--public', '--ssl-cert', made.certificate, '--ssl-key', made.key]);
}

const connectSecure = (t, daemon, ca) => connectCable(t, daemon, {path: `wss://localhost:${daemon.port}/cable`, ca});

const publishSecurely = (daemon, ca, data) => request(`https://localhost:${daemon.port}/_broadcast`, {
  method: 'POST', ca, body: JSON.stringify({stream: 's', data}),
});

/** The fingerprint of the certificate that a new connection is shown. */
async function shown(daemon) {
  const socket = tls.connect({host: '127.0.0.1', port: daemon.port, rejectUnauthorized: false});
  try {
    await within(new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)), 'TLS');
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}

test('with a certificate all speak TLS: clients, publishers, health and metrics', async (t) => {
  const made = makeCertificate(t);
  const daemon = await secureDaemon(t, made);
  const cable = await connectSecure(t, daemon, made.pem);
  await cable.subscribe('s');
  assert.equal((await publishSecurely(daemon, made.pem, '{"b":1,"a":2}')).status, 201);
  assert.match(await cable.nextText(), /"message":\{"b":1,"a":2\}\}$/);
  for (const path of ['/health', '/metrics', '/']) {
    assert.equal((await request(`https://localhost:${daemon.port}${path}`, {ca: made.pem})).status, 200, path);
  }
});

test('many and large messages pass through TLS whole', async (t) => {
  const made = makeCertificate(t);
  const daemon = await secureDaemon(t, made);
  const cables = [];
  for (let opened = 0; opened < 5; opened += 1) cables.push(await connectSecure(t, daemon, made.pem));
  for (const cable of cables) await cable.subscribe('s');
  const sizes = Array.from({length: 60}, (_, at) => (at * 7919) % 150_000);
  for (const size of sizes) {
    assert.equal((await publishSecurely(daemon, made.pem, JSON.stringify('x'.repeat(size)))).status, 201);
  }
  for (const cable of cables) {
    for (const size of sizes) assert.equal((await cable.next()).message.length, size);
  }
});

test('only TLS 1.2 and later is spoken', async (t) => {
  const made = makeCertificate(t);
  const daemon = await secureDaemon(t, made);
  for (const [version, works] of [['TLSv1.1', false], ['TLSv1.2', true], ['TLSv1.3', true]]) {
    // Security level 0 is the client's: it must be willing, so that it is the daemon that refuses.
    const socket = tls.connect({
      host: '127.0.0.1', port: daemon.port, rejectUnauthorized: false,
      minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const answer = await within(new Promise((resolve) => {
      socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
    }), 'an answer');
    socket.destroy();
    assert.equal(answer, works, version);
  }
});

test('who speaks no TLS to a TLS port is hung up on', async (t) => {
  const made = makeCertificate(t);
  const daemon = await secureDaemon(t, made);
  const raw = await connectRaw(t, daemon.port);
  raw.write('GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await raw.waitForEnd();
  await connectSecure(t, daemon, made.pem);
});

test('abilityctl says so where one end speaks TLS and the other does not', async (t) => {
  const made = makeCertificate(t);
  const [inTls, plain] = [await freePort(), await freePort()];
  const daemon = await startDaemon(t, ['--public', '--ssl-cert', made.certificate, '--ssl-key', made.key,
    '--fly-listen', `tls://127.0.0.1:${inTls},tcp://127.0.0.1:${plain}`]);
  const at = `localhost:${daemon.port}`;
  for (const [args, told] of [
    [['publish', 's', '1', '--url', `http://${at}/_broadcast`], /without an answer; if it speaks TLS there, begin the URL with https:\/\//],
    [['publish', 's', '1', '--url', `https://${at}/_broadcast`], /certificate verify failed.*--ca\.\n$/],
    [['fly', 'ping', `tcp://127.0.0.1:${inTls}`], /without a word; if it speaks TLS there, begin the address with tls:\/\//],
    [['fly', 'ping', `ws://${at}/cable`], /without an answer; does it speak TLS there \(wss:\/\/\).*\?\n$/],
  ]) await ctlFails(t, args, told);
  const open = await startDaemon(t, ['--public']);
  await ctlFails(t, ['fly', 'ping', `wss://localhost:${open.port}/cable`], /begin the address with ws:\/\//);
});

test('SIGHUP brings a new certificate for new connections, and the old ones live on', async (t) => {
  const first = makeCertificate(t);
  const second = makeCertificate(t);
  const daemon = await secureDaemon(t, first);
  const old = await connectSecure(t, daemon, first.pem);
  await old.subscribe('s');
  assert.equal(await shown(daemon), first.fingerprint);

  copyFileSync(second.certificate, first.certificate);
  copyFileSync(second.key, first.key);
  assert.equal(await shown(daemon), first.fingerprint, 'files are read when told, not when changed');
  daemon.signal('SIGHUP');
  await eventually('the new certificate', async () => (await shown(daemon)) === second.fingerprint);
  const fresh = await connectSecure(t, daemon, second.pem);
  await fresh.subscribe('s');
  assert.equal((await publishSecurely(daemon, second.pem, '1')).status, 201);
  assert.equal((await old.next()).message, 1);
  assert.equal((await fresh.next()).message, 1);
});

test('a SIGHUP while it starts ends nothing', async (t) => {
  const made = makeCertificate(t);
  const pipe = `${made.certificate}.pipe`;
  execFileSync('mkfifo', [pipe]);
  const daemon = new Daemon(['--host', '127.0.0.1', '--port', '0', '--public', '--ssl-cert', pipe, '--ssl-key', made.key]);
  defer(t, () => daemon.stop());
  // A pipe can be written once it is read: by then the daemon has begun, and waits.
  const writing = await within(open(pipe, 'w'), 'the daemon to read its certificate');
  daemon.signal('SIGHUP');
  await writing.writeFile(made.pem);
  await writing.close();
  await daemon.waitUntilReady();
  await connectSecure(t, daemon, made.pem);
});

test('a broken file keeps the certificate that works, and is told', async (t) => {
  const good = makeCertificate(t);
  const other = makeCertificate(t);
  const daemon = await secureDaemon(t, good);
  const old = await connectSecure(t, daemon, good.pem);
  const breaks = [
    () => writeFileSync(good.certificate, 'no certificate'),
    () => writeFileSync(good.certificate, ''),
    () => copyFileSync(other.certificate, good.certificate),   // of another key
  ];
  for (const spoil of breaks) {
    spoil();
    const from = daemon.lines.length;
    daemon.signal('SIGHUP');
    await daemon.waitForLog(/\berror\b/, {from});
    assert.equal(await shown(daemon), good.fingerprint);
  }
  await old.expectQuiet();
  writeFileSync(good.certificate, good.pem);
  const from = daemon.lines.length;
  daemon.signal('SIGHUP');
  await daemon.waitForLog(/\binfo\b/, {from});
  assert.equal(await shown(daemon), good.fingerprint);
});

test('SIGHUP without TLS harms nobody', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  daemon.signal('SIGHUP');
  await cable.expectQuiet();
  assert.equal((await request(`${daemon.url}/health`)).status, 200);
});

test('a certificate that cannot be used is told at the start, and nothing listens', async (t) => {
  const made = makeCertificate(t);
  const other = makeCertificate(t);
  const wrong = [
    ['--ssl-cert', made.certificate],
    ['--ssl-key', made.key],
    ['--ssl-cert', '/nowhere/cert.pem', '--ssl-key', made.key],
    ['--ssl-cert', made.certificate, '--ssl-key', other.key],
    ['--ssl-cert', made.key, '--ssl-key', made.key],
  ];
  for (const options of wrong) {
    const {code, stderr} = await runDaemon(['--public', '--port', '0', ...options]);
    assert.ok(code > 0, `${options}: exit ${code}`);
    assert.match(stderr, /ssl|certificate|key|cert\.pem/i, String(options));
    assert.doesNotMatch(stderr, /\bready\b/);
  }
});

test('of TLS 1.2 only suites with forward secrecy and without CBC are spoken', async (t) => {
  const made = makeCertificate(t);
  const rsa = {certificate: `${made.certificate}.rsa`, key: `${made.key}.rsa`};
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost',
    '-keyout', rsa.key, '-out', rsa.certificate], {stdio: 'pipe'});
  const agreed = (daemon, options) => new Promise((resolve) => {
    const socket = tls.connect({host: '127.0.0.1', port: daemon.port, rejectUnauthorized: false, ...options});
    socket.once('secureConnect', () => {
      resolve(socket.getCipher().name);
      socket.destroy();
    }).once('error', (error) => resolve(error.code));
  });
  for (const [kind, pair] of [['RSA', rsa], ['ECDSA', made]]) {
    const daemon = await secureDaemon(t, pair);
    const twelve = (ciphers) => agreed(daemon, {maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0`});
    for (const name of ['AES128-GCM-SHA256', 'AES128-SHA', 'AES256-SHA256', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA384',
      'ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES128-CCM', 'DHE-RSA-AES128-GCM-SHA256']) {
      assert.match(await twelve(name), /^ERR_SSL_/, `${kind}: ${name}`);
    }
    for (const name of [`ECDHE-${kind}-AES128-GCM-SHA256`, `ECDHE-${kind}-AES256-GCM-SHA384`, `ECDHE-${kind}-CHACHA20-POLY1305`]) {
      assert.equal(await twelve(name), name);
    }
    assert.match(await agreed(daemon, {}), /^TLS_/);
  }
});
