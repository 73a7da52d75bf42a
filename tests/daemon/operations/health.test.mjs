// What probes and Prometheus are told: whether the node may be sent clients, and what it has to do without.
// Labels: hardened
import assert from 'node:assert/strict';
import {readFile, readdir} from 'node:fs/promises';
import net from 'node:net';
import {test} from 'node:test';
import {connectCable, refusedUpgrade} from '../support/cable.mjs';
import {defer} from '../support/cleanup.mjs';
import {clusterSecret, portOf} from '../support/cluster.mjs';
import {ctl, ctlJson} from '../support/ctl.mjs';
import {Daemon, startDaemon} from '../support/daemon.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {linkedTo, startBackend} from '../support/fly_backend.mjs';
import {startGrpcApp} from '../support/grpc_app.mjs';
import {keepAlive, request} from '../support/http.mjs';
import {startHttpApp} from '../support/http_app.mjs';
import {parseMetrics} from '../support/metrics.mjs';
import {freePort} from '../support/ports.mjs';
import {startRedis} from '../support/redis.mjs';

async function readiness(url) {
  const {status, headers, body} = await request(`${url}/health/ready`);
  assert.match(headers['content-type'], /^application\/json/);
  assert.equal(headers['cache-control'], 'no-store');
  return {status, ...JSON.parse(body)};
}

const untilReadiness = (daemon, what, fits) =>
  eventually(what, async () => fits(await readiness(daemon.url)), {detail: () => daemon.tail});

test('a node that serves is alive and ready, and lacks nothing', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  assert.deepEqual(await readiness(daemon.url), {status: 200, ready: true, state: 'running', degraded: [], missing: []});
  assert.equal((await request(`${daemon.url}/health/live`)).status, 200);
  const head = await request(`${daemon.url}/health/ready`, {method: 'HEAD'});
  assert.deepEqual([head.status, head.body], [200, '']);
  assert.equal((await request(`${daemon.url}/health/ready`, {method: 'POST'})).status, 405);
  assert.equal((await request(`${daemon.url}/health/none`)).status, 404);
});

test('live and ready are below --health-path, wherever that is', async (t) => {
  const daemon = await startDaemon(t, ['--health-path', '/status/of/it']);
  assert.equal((await request(`${daemon.url}/status/of/it/ready`)).status, 200);
  assert.equal((await request(`${daemon.url}/status/of/it/live`)).status, 200);
  assert.equal((await request(`${daemon.url}/health/live`)).status, 404);
  const atRoot = await startDaemon(t, ['--health-path', '/']);
  assert.equal((await request(`${atRoot.url}/ready`)).status, 200);
});

test('Redis away is told, counted, and no reason to send no clients, unless it is required', async (t) => {
  const redis = await startRedis(t);
  await redis.kill();
  const [lenient, strict] = [await startDaemon(t, ['--redis-url', redis.url]),
    await startDaemon(t, ['--redis-url', redis.url, '--ready-requires', 'redis'])];
  const away = {ready: true, state: 'running', degraded: ['redis'], missing: []};
  assert.deepEqual(await readiness(lenient.url), {status: 200, ...away});
  assert.deepEqual(await readiness(strict.url), {status: 503, ...away, ready: false, missing: ['redis']});
  assert.equal((await request(`${strict.url}/health`)).status, 200, 'the node itself serves');
  assert.equal((await request(`${strict.url}/health/live`)).status, 200);
  const counts = async () => [await strict.metric('ability_redis_up'), await strict.metric('ability_redis_losses_total'),
    await strict.metric('ability_redis_reconnects_total')];
  assert.deepEqual(await counts(), [0, 0, 0]);
  for (const times of [0, 1]) {
    await redis.start();
    await untilReadiness(strict, 'Redis to be back', ({status}) => status === 200);
    assert.deepEqual(await counts(), [1, times, times]);
    await redis.kill();
    await untilReadiness(strict, 'Redis to be away', ({status}) => status === 503);
    assert.deepEqual(await counts(), [0, times + 1, times]);
  }
  await untilReadiness(lenient, 'Redis to be missed', ({degraded}) => degraded.length === 1);
});

test('without Redis and without an application there is no metric of them', async (t) => {
  const daemon = await startDaemon(t);
  const {types} = await daemon.metrics();
  assert.deepEqual([...types.keys()].filter((name) => /_(redis|app)_/.test(name)), []);
});

for (const [by, start, argsOf] of [
  ['HTTP', () => (t) => startHttpApp(t), (app) => ['--rpc-host', app.url]],
  ['gRPC', () => (t) => startGrpcApp(t), (app) => ['--rpc-host', app.address]],
  ['FlyRPC', () => (t) => startBackend(t), (app) => linkedTo(app)],
]) {
  test(`an application by ${by} that goes away and comes back is told, before anybody asks it anything`, async (t) => {
    const app = await start()(t);
    const daemon = await startDaemon(t, [...argsOf(app), '--ready-requires', 'app']);
    const is = (up, losses, reconnects) => eventually(`app_up ${up}, ${losses} losses, ${reconnects} reconnects`, async () => {
      const counts = [await daemon.metric('ability_app_up'), await daemon.metric('ability_app_losses_total'),
        await daemon.metric('ability_app_reconnects_total')];
      return String(counts) === String([up, losses, reconnects]);
    }, {detail: () => daemon.tail});
    await is(1, 0, 0);
    assert.deepEqual(await readiness(daemon.url), {status: 200, ready: true, state: 'running', degraded: [], missing: []});
    await app.stop();
    await is(0, 1, 0);
    assert.deepEqual(await readiness(daemon.url),
      {status: 503, ready: false, state: 'running', degraded: ['app'], missing: ['app']});
    await app.start();
    await is(1, 1, 1);
    assert.equal((await readiness(daemon.url)).status, 200);
  });
}

test('an application that was never there is away', async (t) => {
  const daemon = await startDaemon(t, ['--rpc-host', `http://127.0.0.1:${await freePort()}`]);
  await daemon.waitForLog(/application not reached/);
  assert.deepEqual(await readiness(daemon.url), {status: 200, ready: true, state: 'running', degraded: ['app'], missing: []});
  assert.equal(await daemon.metric('ability_app_losses_total'), 0, 'it was not there to be lost');
});

test('where and why the application is not reached is logged', async (t) => {
  const port = await freePort();
  for (const [url, why] of [
    [`http://127.0.0.1:${port}`, `reason="cannot connect to 127\\.0\\.0\\.1 port ${port}: Connection refused"`],
    [`127.0.0.1:${port}`, 'reason="no connection can be made: is the server running'],
    [`fly://127.0.0.1:${port}`, 'reason=".*refused'],
  ]) {
    const daemon = await startDaemon(t, ['--rpc-host', url]);
    assert.match(await daemon.waitForLog(/application not reached/), new RegExp(` address=127\\.0\\.0\\.1:${port} ${why}`), url);
  }
});

test('a node that is drained is alive, and not ready', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--monitor-listen', '127.0.0.1:0', '--cluster-secret', clusterSecret]);
  const node = `127.0.0.1:${await portOf(daemon, 'monitor')}`;
  const drain = async (...args) => {
    const {code, stderr} = await ctl(t, ['drain', '--node', node, ...args], {env: {ABILITY_CLUSTER_SECRET: clusterSecret}});
    assert.equal(code, 0, stderr);
    const {status, state} = await readiness(daemon.url);
    return [status, state];
  };
  assert.deepEqual(await drain('--within', '600', '--notice', '600'), [503, 'leaving'], 'clients are let in for a while');
  assert.deepEqual(await drain('--notice', '0'), [503, 'draining']);
  assert.equal((await request(`${daemon.url}/health`)).status, 503);
  assert.equal((await request(`${daemon.url}/health/live`)).status, 200);
});

test('a port of their own has health and metrics, and nothing else; the main port then has no metrics', async (t) => {
  const port = await freePort();
  const daemon = await startDaemon(t, ['--public', '--metrics-port', String(port), '--metrics-host', '127.0.0.1']);
  const operations = `http://127.0.0.1:${port}`;
  const agent = keepAlive(t);
  for (const path of ['/health', '/health/live', '/health/ready', '/metrics']) {
    assert.equal((await request(operations + path, {agent})).status, 200, path);
  }
  for (const path of ['/', '/cable', '/_broadcast']) assert.equal((await request(operations + path)).status, 404, path);
  assert.equal((await request(`${operations}/_broadcast`, {method: 'POST', body: '{"stream":"s","data":"1"}'})).status, 404);
  assert.equal((await refusedUpgrade(`ws://127.0.0.1:${port}/cable`)).status, 404);
  assert.equal((await request(`${daemon.url}/metrics`)).status, 404);
  assert.equal((await request(`${daemon.url}/health/ready`)).status, 200);
});

test('a node that is starting is alive, and not ready', async (t) => {
  // Another node that takes connections and says nothing: the start waits for it for a while.
  const silent = net.createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => silent.once('listening', resolve));
  defer(t, () => silent.close());
  // The answer may come too late on a machine that is busy: then another node is asked.
  await eventually('a node to be asked while it starts', async () => {
    const port = await freePort();
    const daemon = new Daemon(['--port', '0', '--metrics-port', String(port), '--cluster-listen', '127.0.0.1:0',
      '--cluster-secret', clusterSecret, '--cluster-join', `127.0.0.1:${silent.address().port}`]);
    defer(t, () => daemon.stop());
    await daemon.waitForLog(/listening.*serves=health,metrics/);
    const url = `http://127.0.0.1:${port}`;
    const first = await eventually('an answer', () => readiness(url).catch(() => null));
    assert.equal((await request(`${url}/health/live`)).status, 200);
    await daemon.waitUntilReady();
    assert.equal((await readiness(url)).status, 200);
    return first.status === 503 && first.state === 'starting' && first.ready === false;
  }, {ms: 3 * patience});
});

test('the process tells what it is and what it takes', async (t) => {
  const before = Date.now() / 1000;
  const daemon = await startDaemon(t, ['--public']);
  const {types, samples} = await daemon.metrics();
  const value = (name) => daemon.metric(name);
  const limits = await readFile(`/proc/${daemon.pid}/limits`, 'utf8');
  assert.equal(await value('process_max_fds'), Number(/^Max open files\s+(\d+)/m.exec(limits)[1]));
  const open = (await readdir(`/proc/${daemon.pid}/fd`)).length;
  assert.ok(Math.abs(await value('process_open_fds') - open) <= 3, `${open} are open`);
  const memory = await daemon.memory();
  assert.ok(Math.abs(await value('process_resident_memory_bytes') - memory) < memory / 2, `${memory} bytes`);
  assert.ok(await value('process_virtual_memory_bytes') > memory);
  assert.equal(await value('process_threads'), (await readdir(`/proc/${daemon.pid}/task`)).length);
  const started = await value('process_start_time_seconds');
  assert.ok(started > before - 2 && started < Date.now() / 1000 + 2, `started at ${started}, asked at ${before}`);
  assert.equal(types.get('process_cpu_seconds_total'), 'counter');
  const [build] = [...samples].filter(([key]) => key.startsWith('ability_build_info{'));
  assert.match(build[0], /version="\d+\.\d+\.\d+/);
  assert.equal(build[1], 1);
});

test('when clients have taken all descriptors that they may, health, metrics and abilityctl answer', async (t) => {
  const port = await freePort();
  const limit = 256;
  const daemon = await startDaemon(t, ['--public', '--lanes', '1', '--metrics-port', String(port), '--monitor-listen',
    '127.0.0.1:0', '--ping-interval', '0'], {prefix: ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh']});
  const node = `127.0.0.1:${await portOf(daemon, 'monitor')}`;
  const cables = [];
  let refused;
  while (refused === undefined && cables.length < limit) {
    await connectCable(t, daemon).then((cable) => cables.push(cable), (error) => { refused = error; });
  }
  assert.match(String(refused), /503/);
  assert.ok(cables.length >= limit / 2, `${cables.length} were let in`);
  assert.ok(cables.length < limit, `${cables.length} were let in`);

  // Sockets that say nothing take what is spare at the main port. They cannot take what is kept for the other two.
  const idle = Array.from({length: limit}, () => net.connect(daemon.port, '127.0.0.1').on('error', () => {}));
  defer(t, () => idle.forEach((socket) => socket.destroy()));
  const answers = async () => {
    assert.equal((await request(`http://127.0.0.1:${port}/health/ready`)).status, 200);
    const {samples} = parseMetrics((await request(`http://127.0.0.1:${port}/metrics`)).body);
    assert.equal(samples.get('ability_clients_num'), cables.length);
    assert.ok(samples.get('process_open_fds') < limit, 'some are left');
    assert.equal((await ctlJson(t, ['status', '--node', node])).connections, cables.length);
  };
  await answers();
  await eventually('the main port to close those that say nothing, and to answer',
    () => request(`${daemon.url}/health`).then(({status}) => status === 200, () => false));
  await answers();
  assert.ok(!daemon.lines.some((line) => /cannot accept/.test(line)), daemon.tail);
  assert.ok(daemon.lines.some((line) => /client refused.*reason=full/.test(line)), daemon.tail);

  for (const socket of idle) socket.destroy();
  await cables.pop().leave();
  await eventually('room for a client', () => connectCable(t, daemon).then(() => true, () => false));
});
