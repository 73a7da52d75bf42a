// Labels: hardened
// Keys that want a pass phrase: nobody is there to type one, so they are refused.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {copyFileSync} from 'node:fs';
import {test} from 'node:test';
import tls from 'node:tls';
import {Authority} from '../support/authority.mjs';
import {encryptKey, makeCertificate} from '../support/certificate.mjs';
import {assertAllHearAll, startNode, waitForMesh} from '../support/cluster.mjs';
import {ctl} from '../support/ctl.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually, patience, within} from '../support/deadline.mjs';

const refusal = /key \S+: the key is encrypted, .*openssl pkey -in \S+ -out/;

async function shown(daemon) {
  const socket = tls.connect({host: '127.0.0.1', port: daemon.port, rejectUnauthorized: false});
  try {
    await within(new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)), 'TLS');
    return socket.getPeerCertificate().fingerprint256;
  } finally {
    socket.destroy();
  }
}

for (const traditional of [false, true]) {
  const form = traditional ? 'in the older form' : 'as PKCS #8';

  test(`a key that is encrypted ${form} is refused at the start, with the remedy`, async (t) => {
    const made = makeCertificate(t);
    encryptKey(made.key, {traditional});
    for (const more of [[], ['--fly-listen', 'tls://127.0.0.1:0']]) {
      const {code, stderr} = await runDaemon(['--public', '--host', '127.0.0.1', '--port', '0', '--ssl-cert', made.certificate,
        '--ssl-key', made.key, ...more]);
      assert.equal(code, 1);
      assert.match(stderr, refusal);
      assert.doesNotMatch(stderr, /\bready\b/);
    }
  });

  test(`at SIGHUP too: the one ${form} is refused, and the old one serves`, async (t) => {
    const made = makeCertificate(t);
    const other = makeCertificate(t);
    const daemon = await startDaemon(t, ['--public', '--ssl-cert', made.certificate, '--ssl-key', made.key]);
    encryptKey(other.key, {traditional});
    copyFileSync(other.certificate, made.certificate);
    copyFileSync(other.key, made.key);
    daemon.signal('SIGHUP');
    assert.match(await daemon.waitForLog(/configuration not loaded again/), refusal);
    assert.equal(await shown(daemon), made.fingerprint);
    daemon.signal('SIGTERM');
    assert.deepEqual(await daemon.waitForExit(), {code: 0, signal: null});
  });
}

test('so is the key of a cluster: at the start, and at SIGHUP, where the links live on', async (t) => {
  const authority = new Authority(t);
  const own = authority.options({name: 'a'});
  const key = own[own.indexOf('--cluster-key') + 1];
  const a = await startNode(t, 'a', {args: own});
  const b = await startNode(t, 'b', {join: [a], args: authority.options({name: 'b'})});
  await waitForMesh([a, b]);
  encryptKey(key);
  const from = a.lines.length;
  a.signal('SIGHUP');
  assert.match(await a.waitForLog(/configuration not loaded again/, {from}), refusal);
  await assertAllHearAll(t, [a, b]);
  const {code, stderr} = await runDaemon(['--host', '127.0.0.1', '--port', '0', '--cluster-listen', '127.0.0.1:0',
    '--cluster-secret', 's', ...own]);
  assert.equal(code, 1);
  assert.match(stderr, refusal);
});

test('abilityctl does not ask either', async (t) => {
  const authority = new Authority(t);
  const {certificate, key} = authority.issue();
  encryptKey(key);
  const {code, stderr} = await ctl(t, ['status', '--node', '127.0.0.1:1', '--cert', certificate, '--key', key,
    '--ca', authority.certificate]);
  assert.equal(code, 2);
  assert.match(stderr, /--key \S+: the key is encrypted/);
});

test('a file of tokens’ keys that is encrypted is refused, too', async (t) => {
  const made = makeCertificate(t);
  encryptKey(made.key);
  const {code, stderr} = await runDaemon(['--port', '0', '--jwt-public-key', made.key]);
  assert.equal(code, 1);
  assert.match(stderr, /must hold a PUBLIC KEY, found .*ENCRYPTED PRIVATE KEY/);
});

test('a pipe that nobody writes is no certificate, and is waited for no longer than told', async (t) => {
  const made = makeCertificate(t);
  const pipe = `${made.certificate}.pipe`;
  execFileSync('mkfifo', [pipe]);
  const daemon = await startDaemon(t, ['--public', '--ssl-cert', made.certificate, '--ssl-key', made.key]);
  execFileSync('mv', [pipe, made.key]);
  daemon.signal('SIGHUP');
  await eventually('requests while it waits', async () => (await shown(daemon)) === made.fingerprint);
  await daemon.waitForLog(/not loaded again.*nothing more came within 10 s/, {ms: 2 * patience});
  assert.equal(await shown(daemon), made.fingerprint);
});
