import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import net from 'node:net';
import {test} from 'node:test';
import {defer} from '../support/cleanup.mjs';
import {ctl} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {patience} from '../support/deadline.mjs';
import {fanOut, load, startLoad, troublesOf, writeScenario} from '../support/load.mjs';

/** Listens on a free port of the loopback for the time of the test. */
async function listening(t, server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(t, () => new Promise((resolve) => {
    server.closeAllConnections?.();
    server.close(resolve);
  }));
  return `ws://127.0.0.1:${server.address().port}/cable`;
}

/** A TCP server that says `bytes` to whoever connects, and then what `then` has it do. */
function telling(t, bytes, then = () => {}) {
  const sockets = new Set();
  defer(t, () => sockets.forEach((socket) => socket.destroy()));
  return listening(t, net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(bytes);
      then(socket);
    });
  }));
}

const onlyFollowers = {name: 'x', streams: {news: 'news'}, assert: {failed_clients: 0}, clients: [
  {name: 'followers', count: 5, steps: [{connect: {}}, {subscribe: {to: 'news'}}]}]};

test('what is wrong with a scenario is told with the path to it, and ends with 2', async (t) => {
  const good = fanOut();
  const wrong = [
    ['{', /scenario\.json: line 1, column \d+/],
    [{...good, clients: [{name: 'a', steps: [{conect: {}}]}]}, /clients\[0\]\.steps\[0\].*connect\?/],
    [{...good, clients: [{name: 'a', count: 'ten', steps: [{connect: {}}]}]}, /clients\[0\]\.count: /],
    [{...good, assert: {los: 0}}, /assert\.los.*lost\?/],
    [{...good, clients: []}, /clients: /],
  ];
  for (const [scenario, told] of wrong) {
    const {code, stdout, stderr} = await ctl(t, ['load', writeScenario(t, scenario)]);
    assert.equal(code, 2, stdout);
    assert.match(stderr, told);
    assert.equal(stdout, '');
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
  }
});

test('what cannot be run is told in a sentence, and ends with 2', async (t) => {
  const file = writeScenario(t, onlyFollowers);
  const fly = writeScenario(t, {...onlyFollowers, clients: [{...onlyFollowers.clients[0], speaks: 'fly_tcp'}]});
  const wrong = [
    [['/no/such/file.json'], /\/no\/such\/file\.json: there is no such file/],
    [[file, '--url', 'http://127.0.0.1:1/'], /http:\/\/127\.0\.0\.1:1\//],
    [[file, '--url', 'nonsense'], /nonsense/],
    [[fly], /--fly-url|tcp:\/\//],
    [[file, '--report', 'out.pdf'], /out\.pdf/],
    [[file, '--report', '/no/such/folder/out.html'], /\/no\/such\/folder/],
    [[file, '--scale', '0'], /--scale/],
    [[file, '--header', 'nothing'], /--header/],
    [[file, '--monitor', '127.0.0.1:99999'], /--monitor/],
    [[file, '--monitor', '127.0.0.1:7700', '--pid', '1'], /--pid/],
    [[], /SCENARIO/],
  ];
  for (const [args, told] of wrong) {
    const {code, stdout, stderr} = await ctl(t, ['load', ...args]);
    assert.equal(code, 2, `${args}: ${stdout} ${stderr}`);
    assert.match(stderr, told);
    assert.equal(stdout, '');
  }
});

test('--check only reads', async (t) => {
  const {code, stdout} = await ctl(t, ['load', writeScenario(t, onlyFollowers), '--check']);
  assert.equal(code, 0);
  assert.match(stdout, /scenario\.json/);
});

test('an assertion that does not hold ends with 1', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const {code, report} = await load(t, fanOut({assert: {delivered: 7}}),
    ['--url', `ws://127.0.0.1:${daemon.port}/cable`]);
  assert.equal(code, report.outcome === 'generator_limited' ? 3 : 1);
  assert.deepEqual(report.assertions.filter((each) => !each.held),
    [{tally: 'delivered', min: 7, max: 7, actual: 200, held: false}]);
});

test('messages that never come are lost', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const sink = createServer((request, answer) => {
    request.resume().on('end', () => answer.writeHead(201).end());
  });
  const publishUrl = (await listening(t, sink)).replace('ws:', 'http:');
  const {code, report} = await load(t, fanOut({clients: 4, publish: {times: 5}, grace: '1s'}),
    ['--url', `ws://127.0.0.1:${daemon.port}/cable`, '--publish-url', publishUrl]);
  assert.ok([1, 3].includes(code), String(code));
  assert.equal(report.totals.published, 5);
  assert.equal(report.totals.lost, 20);
  assert.equal(report.totals.delivered, 0);
});

test('the report says how many clients a server refused, and why', async (t) => {
  const closed = net.createServer();
  const refusing = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  const busy = await listening(t, createServer((_, answer) => answer.writeHead(503).end()));
  const servers = [
    [refusing, /connection refused/],
    [busy, /HTTP 503/],
    [await telling(t, 'SSH-2.0-OpenSSH_9.2\r\n'), /WebSocket|garbage|HTTP/],
    [await telling(t, 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      'Sec-WebSocket-Accept: wrong\r\n\r\n'), /WebSocket/],
    [await telling(t, 'HTTP/1.1 101 Swi', (socket) => socket.end()), /closed|WebSocket|reset/],
    [await telling(t, 'x'.repeat(200_000)), /WebSocket|garbage|HTTP|long/],
  ];
  for (const [url, told] of servers) {
    const {code, report} = await load(t, onlyFollowers, ['--url', url]);
    assert.equal(code, 1, url);
    const troubles = Object.entries(troublesOf(report));
    assert.equal(troubles.length, 1, JSON.stringify(troubles));
    assert.match(troubles[0][0], told);
    assert.equal(troubles[0][1], 5);
    assert.equal(report.totals.connect_failures, 5);
  }
});

test('where nothing listens the line of progress says so, and so does the report', async (t) => {
  const closed = net.createServer();
  const refusing = await listening(t, closed);
  await new Promise((resolve) => closed.close(resolve));
  const patient = {...onlyFollowers, limit: '3s',
    clients: [{...onlyFollowers.clients[0], on_loss: {reconnect: '100ms'}}]};
  const {code, stdout, stderr} = await startLoad(t, patient, ['--url', refusing]).outcome();
  assert.equal(code, 1, stdout);
  assert.match(stderr, /0 clients  connection refused: 5 clients/);
  assert.match(stdout, /^followers: connection refused +5 clients$/m);
  assert.match(stdout, /^followers: cut short by the limit +5 clients$/m);
});

test('a server that dies midway fails its clients, whose number is told', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const run = startLoad(t, fanOut({publish: {for: '3s', rate: 100}}),
    ['--url', `ws://127.0.0.1:${daemon.port}/cable`, '--json']);
  await daemon.waitForMetric('ability_broadcast_msg_total', (value) => value >= 20);
  daemon.isEnding = true;
  await daemon.crash();
  const {code, stdout} = await run.outcome({ms: 2 * patience});
  assert.equal(code, 1);
  const report = JSON.parse(stdout);
  assert.equal(report.totals.disconnects, 20);
  assert.deepEqual(Object.values(troublesOf(report)), [20]);
});

test('a disconnect by the server is named', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const run = startLoad(t, {...onlyFollowers, clients: [{...onlyFollowers.clients[0],
    steps: [...onlyFollowers.clients[0].steps, {wait: '1h'}]}]},
  ['--url', `ws://127.0.0.1:${daemon.port}/cable`, '--json']);
  await daemon.waitForMetric('ability_clients_num', 5);
  await daemon.stop();
  const {code, stdout} = await run.outcome();
  assert.equal(code, 1);
  const troubles = Object.entries(troublesOf(JSON.parse(stdout)));
  assert.equal(troubles.length, 1);
  assert.match(troubles[0][0], /server_restart/);
  assert.equal(troubles[0][1], 5);
});
