// Labels: hardened
// An end that something stands in the way of comes all the same, when it was promised.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {openCable} from '../support/cable.mjs';
import {defer, killAtExit} from '../support/cleanup.mjs';
import {binary, startDaemon} from '../support/daemon.mjs';
import {eventually, slack, within} from '../support/deadline.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';

const promised = 3_000;
const bound = promised + 1_000 * slack;

function temporary(t) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-ends-'));
  defer(t, () => rmSync(folder, {recursive: true, force: true}));
  return folder;
}

/** The writing end of a pipe that is full, and that nobody reads. */
function fullPipe(t) {
  const name = path.join(temporary(t), 'pipe');
  execFileSync('mkfifo', [name]);
  const filling = openSync(name, constants.O_RDWR | constants.O_NONBLOCK);
  const end = openSync(name, constants.O_WRONLY);
  defer(t, () => { closeSync(end); closeSync(filling); });
  try {
    for (;;) writeSync(filling, Buffer.alloc(4096, '.'));
  } catch (error) {
    assert.equal(error.code, 'EAGAIN');
  }
  return end;
}

const until = async (what) => {
  const since = performance.now();
  const end = await what;
  return {end, took: performance.now() - since};
};

test('standard error is a full pipe', async (t) => {
  const port = await freePort();
  const args = ['--host', '127.0.0.1', '--port', String(port), '--public', '--log-level', 'debug', '--shutdown-timeout', '3'];
  const daemon = killAtExit(spawn(binary, args, {cwd: temporary(t), stdio: ['ignore', 'ignore', fullPipe(t)]}));
  const exited = new Promise((resolve) => daemon.once('exit', (code, signal) => resolve({code, signal})));
  defer(t, () => daemon.kill('SIGKILL'));
  await eventually('the daemon to serve', async () => (
    (await request(`http://127.0.0.1:${port}/health`).catch(() => undefined))?.status === 200));
  daemon.kill('SIGTERM');
  const {end, took} = await until(within(exited, 'the end'));
  assert.deepEqual(end, {code: 0, signal: null});
  assert.ok(took < bound, `ended after ${Math.round(took)} ms`);
});

test('the name server is silent', {skip: process.getuid() !== 0 && 'mounting needs root'}, async (t) => {
  const silent = createSocket('udp4');
  await new Promise((resolve, reject) => silent.once('error', reject).bind(53, '127.53.53.1', resolve));
  defer(t, () => silent.close());
  let asked = 0;
  silent.on('message', () => { asked += 1; });
  const config = path.join(temporary(t), 'resolv.conf');
  writeFileSync(config, 'nameserver 127.53.53.1\noptions timeout:10 attempts:2\n');
  const prefix = ['unshare', '--mount', 'sh', '-c', `mount --bind ${config} /etc/resolv.conf && exec "$@"`, 'sh'];
  const daemon = await startDaemon(t, ['--rpc-host', 'http://nowhere.test:9292', '--shutdown-timeout', '3'], {prefix});
  const coming = openCable(t, daemon, {tolerant: true}).catch(() => {});
  await eventually('the name to be asked for', () => asked > 0);
  daemon.signal('SIGTERM');
  const {end, took} = await until(daemon.waitForExit());
  assert.deepEqual(end, {code: 0, signal: null});
  assert.ok(took < bound, `ended after ${Math.round(took)} ms`);
  await coming;
});

test('a file is a pipe that nobody writes, while it is read again', async (t) => {
  const file = path.join(temporary(t), 'keys.json');
  writeFileSync(file, '{"keys":[{"kty":"oct","k":"czNjcmV0"}]}');
  const daemon = await startDaemon(t, ['--jwt-jwks', file, '--shutdown-timeout', '3']);
  rmSync(file);
  execFileSync('mkfifo', [file]);
  daemon.signal('SIGHUP');
  daemon.signal('SIGTERM');
  const {end, took} = await until(daemon.waitForExit());
  assert.deepEqual(end, {code: 0, signal: null});
  assert.ok(took < bound, `ended after ${Math.round(took)} ms`);
});
