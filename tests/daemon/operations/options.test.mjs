// Labels: hardened
import assert from 'node:assert/strict';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {defer} from '../support/cleanup.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {connectRaw} from '../support/raw.mjs';

test('wrong options are told in one sentence, and the daemon ends with 2', async () => {
  const wrong = [
    [['--port', 'eighty'], /port.*eighty/],
    [['--port', '70000'], /port.*70000/],
    [['--no-such-option'], /no-such-option/],
    [['--ping-interval', '-1'], /ping.interval/],
    [['--log-format', 'xml'], /log.format.*xml/],
    [['--path', 'cable'], /path.*cable/],
    [['--redis-url', 'http://localhost'], /redis.url/],
    [['surplus'], /./],
  ];
  for (const [options, told] of wrong) {
    const {code, stderr, stdout} = await runDaemon(options);
    assert.equal(code, 2, String(options));
    assert.match(stderr, told);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(stdout, '');
  }
});

test('help, version and the configuration are printed, and the daemon ends with 0', async () => {
  const help = await runDaemon(['--help']);
  assert.equal(help.code, 0);
  for (const option of ['--public', '--port', '--redis-url', '--shutdown-timeout']) assert.ok(help.stdout.includes(option), option);
  const version = await runDaemon(['--version']);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
  const config = await runDaemon(['--print-config', '--port', '4321', '--secret', 'open sesame']);
  assert.equal(config.code, 0);
  assert.match(config.stdout, /port.*4321/);
  assert.doesNotMatch(config.stdout, /open sesame/);
});

test('the environment sets options under both names, and the command line wins', async (t) => {
  for (const prefix of ['ABILITY_', 'ANYCABLE_']) {
    const daemon = await startDaemon(t, ['--health-path', '/by-flag'], {
      env: {[`${prefix}PUBLIC`]: 'true', [`${prefix}HEALTH_PATH`]: '/by-environment'},
    });
    assert.equal((await request(`${daemon.url}/by-flag`)).status, 200);
    assert.equal((await daemon.post({stream: 's', data: '1'})).status, 201);
  }
});

test('a file sets options, and a mistake in it is told with its line', async (t) => {
  const first = await startDaemon(t);
  const file = path.join(first.folder, 'abilityd.toml');
  writeFileSync(file, '# ours\npublic = true\nhealth_path = "/by-file"\n');
  const daemon = await startDaemon(t, ['--config-path', file]);
  assert.equal((await request(`${daemon.url}/by-file`)).status, 200);
  writeFileSync(file, 'public = true\n\nhaelth_path = "/x"\n');
  const {code, stderr} = await runDaemon(['--config-path', file]);
  assert.equal(code, 2);
  assert.match(stderr, /haelth_path/);
  assert.match(stderr, /\b3\b/);
});

test('a port that is taken is told, and the daemon ends', async (t) => {
  const daemon = await startDaemon(t);
  const {code, stderr} = await runDaemon(['--host', '127.0.0.1', '--port', String(daemon.port)]);
  assert.ok(code > 0, `exit ${code}`);
  assert.match(stderr, new RegExp(`\\b${daemon.port}\\b`));
});

test('where the daemon cannot listen it names the option and what helps', async (t) => {
  const udp = await freePort();
  const daemon = await startDaemon(t, ['--public', '--fly-listen', `udp://127.0.0.1:${udp}`]);
  const at = `127.0.0.1:${daemon.port}`;
  for (const [option, ...values] of [
    ['--port', String(daemon.port)],
    ['--http-broadcast-port', String(daemon.port), '--port', '0'],
    ['--metrics-port', String(daemon.port), '--port', '0'],
    ['--fly-listen', `tcp://${at}`, '--port', '0'],
    ['--fly-listen', `udp://127.0.0.1:${udp}`, '--port', '0'],
    ['--cluster-listen', at, '--cluster-secret', 's', '--port', '0'],
    ['--monitor-listen', at, '--port', '0'],
  ]) {
    const {code, stderr} = await runDaemon(['--public', '--host', '127.0.0.1', option, ...values]);
    assert.ok(code > 0, option);
    const told = stderr.split('\n').find((line) => / error +cannot listen/.test(line));
    assert.ok(told?.includes(option), `${option}\n${stderr}`);
    assert.match(told, /in use.*another program listens there, take another port/);
  }
  const {stderr} = await runDaemon(['--public', '--host', 'nosuch.invalid']);
  assert.match(stderr, /cannot listen host=nosuch\.invalid option=--host .*remedy="check the name"/);
});

test('the log is text with time, level and fields, and names where it listens', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  for (const line of daemon.lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warn|error) +\S/);
  assert.match(daemon.lines.join('\n'), new RegExp(`info +listening .*address=127\\.0\\.0\\.1 .*port=${daemon.port}\\b`));
  assert.match(daemon.lines.join('\n'), new RegExp(`info +ready\\b.*port=${daemon.port}\\b`));
});

test('or one JSON object per line', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--log-format', 'json', '--log-level', 'debug', '--path', '/c"a\\ble']);
  const raw = await connectRaw(t, daemon.port);
  raw.write('GET /"\\\u0001 HTTP/1.1\r\nHost: "\\\r\n\r\n');
  await raw.nextResponse();
  defer(t, () => {
    for (const line of daemon.lines) {
      const {time, level, message} = JSON.parse(line);
      assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.match(level, /^(debug|info|warn|error)$/);
      assert.ok(message.length > 0);
    }
  });
  await daemon.stop();
  const ready = JSON.parse(daemon.lines.find((line) => line.includes('"ready"')));
  assert.equal(ready.message, 'ready');
  assert.strictEqual(ready.port, daemon.port);
});

test('command lines and variables of AnyCable start the daemon, with warnings only for what is not there', async (t) => {
  const plain = await startDaemon(t, ['-public', '--headers=cookie', '--path=/cable,/accounts/{tenant}/cable', '--max_message_size=64kb']);
  assert.ok(!plain.lines.some((line) => /\bwarn\b/.test(line)), plain.tail);
  for (const [address, status] of [['/accounts/7/cable', 101], ['/accounts/cable', 404], ['/accounts/a/b/cable', 404]]) {
    const raw = await connectRaw(t, plain.port);
    raw.write(`GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`
      + 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n');
    assert.equal((await raw.nextResponse()).status, status, address);
  }
  const other = await startDaemon(t, ['--public', '--embed_nats', '--broadcast_adapter=nats', '-sse'], {
    env: {ANYCABLE_PUBSUB: 'nats', ABILITY_PORT: 'tcp://10.96.3.4:8080'},
  });
  const warned = other.lines.filter((line) => /\bwarn\b/.test(line));
  assert.equal(warned.length, 5, other.tail);
  for (const name of ['--embed-nats', '--broadcast-adapter', '--sse', 'ANYCABLE_PUBSUB', 'ABILITY_PORT']) {
    assert.ok(warned.some((line) => line.includes(`name=${name} `)), `${name}\n${other.tail}`);
  }
});

test('an adapter for redis without the address of one is warned of', async (t) => {
  for (const [args, env, name] of [
    [['--broadcast_adapter=redis'], {}, '--broadcast-adapter'],
    [[], {ANYCABLE_BROADCAST_ADAPTER: 'http,redis'}, 'ANYCABLE_BROADCAST_ADAPTER'],
  ]) {
    const daemon = await startDaemon(t, ['--public', ...args], {env});
    const warned = daemon.lines.filter((line) => /\bwarn\b/.test(line));
    assert.equal(warned.length, 1, daemon.tail);
    assert.match(warned[0], new RegExp(`name=${name} advice="names redis, but no publication can come from there.*give --redis-url`));
  }
});

test('a variable names the file of settings', async (t) => {
  const {folder} = await startDaemon(t);
  const file = path.join(folder, 'by-variable.toml');
  writeFileSync(file, 'public = true\nhealth_path = "/by-file"\n');
  const daemon = await startDaemon(t, [], {env: {ABILITY_CONFIG_PATH: file}});
  assert.match(daemon.lines[0], new RegExp(`config_file=${file} `));
  assert.equal((await request(`${daemon.url}/by-file`)).status, 200);
  const {code, stderr} = await runDaemon([], {env: {ABILITY_CONFIG_PATH: `${file}.gone`}});
  assert.equal(code, 2);
  assert.match(stderr, /by-variable\.toml\.gone" of ABILITY_CONFIG_PATH does not exist/);
});

test('several daemons of one machine do not know of one another', async (t) => {
  const [one, other] = [await startDaemon(t, ['--public']), await startDaemon(t, ['--public'])];
  assert.notEqual(one.port, other.port);
  await one.publish('s', '1');
  assert.equal(await other.metric('ability_broadcast_msg_total'), 0);
});

test('doors that stand open off the loopback are told of, and variables that nearly set something', async (t) => {
  const open = await startDaemon(t, ['--public'], {host: '0.0.0.0', env: {ABILITY_SECRETT: 'x'}});
  await open.waitForLog(/anyone who reaches this address may publish/);
  await open.waitForLog(/unknown environment variable.*ABILITY_SECRETT \(did you mean ABILITY_SECRET\?\)/);
  for (const [args, host] of [[['--public'], '127.0.0.1'], [['--public', '--broadcast-key', 'k'], '0.0.0.0']]) {
    const daemon = await startDaemon(t, args, {host});
    assert.doesNotMatch(daemon.tail, / warn /);
  }
});
