// The log at the start: the daemon's settings, and options that cannot work as they are given.
// Labels: hardened
import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {Daemon, startDaemon} from '../support/daemon.mjs';
import {tmpdir} from 'node:os';

const warnings = (daemon) => daemon.lines.filter((line) => / warn /.test(line));

test('without any option it is said that nobody can connect or publish, and what helps', async (t) => {
  const daemon = await startDaemon(t);
  const [first, second, ...others] = warnings(daemon);
  assert.match(first, /no client can connect.*remedy=.*--public.*--rpc-host.*--jwt-secret/);
  assert.match(second, /nobody can publish.*remedy=.*--broadcast-key/);
  assert.deepEqual(others, []);
});

test('an option that cannot work alone is named with the one that it needs', async (t) => {
  const daemon = await startDaemon(t, ['--turbo-streams', '--noauth', '--public-streams', '--broadcast-key', 'k']);
  assert.equal(warnings(daemon).length, 1, daemon.tail);
  assert.match(warnings(daemon)[0], /Turbo.*--turbo-streams-secret/);
});

test('what Kubernetes tells of Services does not end the start, nor is it taken for a mistake', async (t) => {
  const of = (name) => Object.entries({
    SERVICE_HOST: '10.0.0.1', SERVICE_PORT: '80', SERVICE_PORT_HTTP: '80', PORT: 'tcp://10.0.0.1:80', PORT_80_TCP: 'tcp://10.0.0.1:80',
    PORT_80_TCP_PROTO: 'tcp', PORT_80_TCP_PORT: '80', PORT_80_TCP_ADDR: '10.0.0.1',
  }).map(([key, value]) => [`${name}_${key}`, value]);
  const names = ['ABILITY', 'ABILITY_API', 'ABILITY_REDIS', 'ABILITY_RPC', 'ABILITY_METRICS', 'ANYCABLE_RPC', 'ANYCABLE_HTTP_BROADCAST'];
  const daemon = await startDaemon(t, ['--public'], {env: Object.fromEntries(names.flatMap(of))});
  const said = warnings(daemon).map((line) => /name=(\w+) advice="is passed over, as Kubernetes sets it/.exec(line)?.[1] ?? line);
  assert.deepEqual(said.sort(), ['ABILITY_API_PORT', 'ABILITY_METRICS_PORT', 'ABILITY_PORT', 'ANYCABLE_HTTP_BROADCAST_PORT']);
});

test('what works is not warned of', async (t) => {
  for (const args of [['--public'], ['--secret', 's', '--turbo-streams'], ['--rpc-host', 'fly://127.0.0.1:1']]) {
    const daemon = await startDaemon(t, args);
    assert.deepEqual(warnings(daemon).filter((line) => !/backend|application/.test(line)), [], String(args));
  }
});

test('a monitor keeps descriptors for all programs that may attach, and a cluster for all its nodes', async (t) => {
  const clientSockets = async (...args) => {
    const prefix = ['sh', '-c', 'ulimit -n 2048; exec "$@"', 'sh'];
    const daemon = await startDaemon(t, ['--public', '--cluster-secret', 's', ...args], {prefix});
    return Number(/client_sockets=(\d+)/.exec(daemon.lines[0])[1]);
  };
  const alone = await clientSockets();
  assert.equal(alone - await clientSockets('--monitor-listen', '127.0.0.1:0'), 3 * 64);
  assert.equal(alone - await clientSockets('--cluster-listen', '127.0.0.1:0'), 3 * (64 + 64));
});

test('a line tells the history and the sessions that are kept', async (t) => {
  const line = async (...args) => {
    const daemon = await startDaemon(t, ['--public', ...args]);
    return daemon.lines.find((each) => / history /.test(each)).replace(/.* history /, '');
  };
  assert.equal(await line(), 'broker=auto limit=100 ttl_ms=300000 sessions_ttl_ms=300000 presence=on');
  assert.equal(await line('--broker', 'memory', '--history-limit', '7', '--history-ttl', '1m', '--sessions-ttl', '0'),
    'broker=memory limit=7 ttl_ms=60000 sessions_ttl_ms=0 presence=on');
  assert.equal(await line('--broker', 'none'), 'broker=none limit=0 ttl_ms=0 sessions_ttl_ms=0 presence=on');
  assert.equal(await line('--cluster-listen', '127.0.0.1:0', '--cluster-secret', 's'),
    'broker=none limit=0 ttl_ms=0 sessions_ttl_ms=0 presence=off');
});

test('the first line tells version, process, file and limits; another the URLs of what is served', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ability-start-'));
  t.after(() => rmSync(folder, {recursive: true}));
  const file = path.join(folder, 'abilityd.toml');
  writeFileSync(file, 'max_conn = 7\n');
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--config-path', file]);
  assert.match(daemon.lines[0], new RegExp(`starting version=\\d+\\.\\d+\\.\\d+ pid=${daemon.pid} config_file=${file} descriptors=\\d+ ` +
    'client_sockets=\\d+ max_conn=7 max_message_size=65536 '));
  const at = `127.0.0.1:${daemon.port}`;
  assert.match(daemon.lines.find((line) => / endpoints /.test(line)), new RegExp(
    `clients=ws://${at}/cable publications=http://${at}/_broadcast health=http://${at}/health metrics=http://${at}/metrics$`));
  assert.ok(!daemon.lines.some((line) => line.includes('s3cret')));
  const none = new Daemon(['--port', '0', '--metrics-http', 'none']);
  t.after(() => none.stop());
  await none.waitUntilReady();
  assert.match(none.lines[0], /config_file=none/);
  assert.match(none.lines.find((line) => / endpoints /.test(line)), /publications=off .*metrics=off$/);
});
