// abilityctl before a node that says what a real one never or seldom says. What real nodes say: abilityctl_monitor.
// Labels: hardened
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import net from 'node:net';
import {test} from 'node:test';
import {Authority} from '../support/authority.mjs';
import {defer} from '../support/cleanup.mjs';
import {ctl, ctlFails, ctlJson, startCtl, startExample, startFakeNode} from '../support/ctl.mjs';
import {eventually} from '../support/deadline.mjs';

const failed = (code, message) => ({error: {code, message}});

test('a question is one request with what the options say, and its answer is printed as it came', async (t) => {
  const connection = {
    id: 's1', identity: '{"user_id":1}', transport: 'websocket', connected_s: 12, peer: '10.0.0.9:5', bytes_in: 5,
    bytes_out: 2048, pending_bytes: 0, subscriptions: 2,
  };
  const node = await startFakeNode(t, {answers: {
    status: '{"z":1,"a":{"y":2,"b":3},"big":18446744073709551615}',
    connections: {connections: [connection], next: null, total: 1},
    connection: {...connection, subscriptions: [{identifier: 'i', streams: ['chat/1']}]},
    streams: {streams: [], next: null, total: 0},
    stream: {name: 'chat/1', subscribers: 1, gaps: 0, lost: 0, connections: ['s1'], more: false},
    history: {name: 'chat/1', position: {epoch: '0123456789abcdef', offset: 7}, first: 6, kept: 2, bytes: 2048, limit: 100, ttl_s: 300,
      publications: [{offset: 6, at_ms: 1e12, bytes: 5}, {offset: 7, at_ms: 1e12, bytes: 1024}]},
    sessions: {sessions: 3, bytes: 4096, max: 100000, max_bytes: 67108864, ttl_s: 300, oldest_s: 12, newest_s: null, shared: 7},
    presence: {name: 'room', total: 3, sessions: 4, more: true, members: [
      {id: '7', sessions: 2, away: 1, info: {name: 'Ada'}}, {id: 'me', sessions: 1, away: 0}]},
    nodes: {nodes: []},
    disconnect: {disconnected: 1},
    drain: {draining: true, connections: 3},
    undrain: {draining: false},
    'log-level': {level: 'debug', was: 'info'},
  }});
  const asks = async (args, verb, question) => {
    const {code, stdout, stderr} = await ctl(t, args, {env: {ABILITY_NODE: node.address}});
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.deepEqual(await node.nextQuestion(), [verb, question]);
    return stdout;
  };
  assert.equal(await asks(['status', '--json'], 'status', {}), '{"z":1,"a":{"y":2,"b":3},"big":18446744073709551615}\n');
  assert.match(await asks(['connections'], 'connections', {limit: 100}), /^s1 +{"user_id":1} +websocket +10\.0\.0\.9:5 +12 s +2 +5 B +2\.0 KiB +0 B$/m);
  await asks(['connections', '--filter', 'ü', '--limit', '5', '--after', 'x'], 'connections', {limit: 5, filter: 'ü', after: 'x'});
  await asks(['connections', '--all'], 'connections', {limit: 1000});
  assert.match(await asks(['connection', 's1'], 'connection', {id: 's1'}), /^i +chat\/1$/m);
  await asks(['connection', '--', '-s1'], 'connection', {id: '-s1'});
  assert.equal(await asks(['streams'], 'streams', {limit: 100}), 'STREAM  SUBSCRIBERS  GAPS  LOST  OFFSET  KEPT  SIZE\n');
  assert.match(await asks(['stream', 'chat/1', '--limit', '7'], 'stream', {name: 'chat/1', limit: 7}), /^connections +s1$/m);
  const history = await asks(['history', 'chat/1'], 'history', {name: 'chat/1', limit: 10});
  assert.match(history, /^epoch +0123456789abcdef\noffset +7\nfirst kept +6\nkept +2 of 100\nkept for +5m 00s\nsize +2\.0 KiB\n$/m);
  assert.match(history, /^OFFSET +TIME +SIZE\n +6 +\d\d:\d\d:\d\d +5 B\n +7 +\d\d:\d\d:\d\d +1\.0 KiB\n$/m);
  await asks(['history', 'chat/1', '--limit', '100'], 'history', {name: 'chat/1', limit: 100});
  assert.match(await asks(['sessions'], 'sessions', {}), /^SESSIONS .*\n +3 +100000 +4\.0 KiB +64\.0 MiB +- +12 s +5m 00s +7\n$/);
  assert.equal(await asks(['presence', 'room', '--limit', '2'], 'presence', {name: 'room', limit: 2}), [
    'stream    room', 'members   3', 'sessions  4', '', 'MEMBER      SESSIONS  AWAY  INFO', '7                  2     1  {"name":"Ada"}',
    'me                 1     0  -', '… and more', ''].join('\n'));
  await asks(['nodes'], 'nodes', {});
  assert.equal(await asks(['disconnect', 's1'], 'disconnect', {id: 's1', reconnect: true}), 'disconnected 1 connection\n');
  await asks(['disconnect', '--identity', 'u', '--no-reconnect'], 'disconnect', {identity: 'u', reconnect: false});
  assert.match(await asks(['drain'], 'drain', {within_s: 30, reconnect: true}), /3 connections within 30 s/);
  await asks(['drain', '--within', '0', '--no-reconnect'], 'drain', {within_s: 0, reconnect: false});
  await asks(['drain', '--within', '20', '--notice', '15'], 'drain', {within_s: 20, reconnect: true, notice_s: 15});
  assert.equal(await asks(['undrain'], 'undrain', {}), 'takes clients again\n');
  assert.equal(await asks(['log-level', 'debug'], 'log-level', {level: 'debug'}), 'logs debug, was info\n');
});

test('connections are sorted by a figure, the highest first, once all are there', async (t) => {
  const row = (id, pending) => ({id, identity: 'u', transport: 'websocket', connected_s: 1, pending_bytes: pending, subscriptions: 0});
  const node = await startFakeNode(t, {answers: {connections: [
    {connections: [row('a', 1), row('b', 3)], next: 'b', total: 4},
    {connections: [row('c', 2), {...row('d'), pending_bytes: undefined}], next: null, total: 4},
  ]}});
  const env = {ABILITY_NODE: node.address};
  const {connections} = await ctlJson(t, ['connections', '--sort', 'pending', '--limit', '3'], {env});
  assert.deepEqual(connections.map(({id}) => id), ['b', 'c', 'a']);
  const {code, stderr} = await ctl(t, ['connections', '--sort', 'size'], {env});
  assert.deepEqual([code, stderr], [2, 'abilityctl: --sort must be connected, subscriptions, in, out or pending.\n']);
});

test('the secret goes ahead by a login, from the option or the environment', async (t) => {
  const node = await startFakeNode(t, {answers: {login: {may_read: true, may_command: true}, status: {}}});
  const secretOf = async (args, env) => {
    assert.equal((await ctl(t, ['status', '--json', ...args], {env: {ABILITY_NODE: node.address, ...env}})).code, 0);
    const [verb, {secret}] = await node.nextQuestion();
    if (verb === 'status') return null;
    assert.deepEqual(await node.nextQuestion(), ['status', {}]);
    return secret;
  };
  assert.equal(await secretOf([], {}), null);
  const derivedFrom = (secret) => createHmac('sha256', secret).update('cluster').digest('hex');
  assert.equal(await secretOf(['--secret', 'a"\\ü'], {ABILITY_CLUSTER_SECRET: 'b'}), derivedFrom('a"\\ü'));
  assert.equal(await secretOf([], {ABILITY_CLUSTER_SECRET: 'b', ABILITY_MONITOR_SECRET: 'c'}), 'b');
  assert.equal(await secretOf([], {ABILITY_MONITOR_SECRET: 'c'}), 'c');
  for (const name of ['ABILITY_SECRET', 'ANYCABLE_SECRET'])
    assert.equal(await secretOf([], {[name]: 's3cret'}), derivedFrom('s3cret'));
  assert.equal(await secretOf([], {ABILITY_SECRET: 's3cret', ABILITY_CLUSTER_SECRET: 'b'}), 'b');
  assert.equal(await secretOf([], {ABILITY_SECRET: 'none'}), null);
  // All are tried in turn.
  const strict = await startFakeNode(t, {answers: {login: failed('wrong_secret', 'no')}});
  const tries = async (args, env, secrets) => {
    await ctlFails(t, ['status', '--node', strict.address, ...args], /refuses the secret/, {env});
    for (const secret of secrets) assert.deepEqual(await strict.nextQuestion(), ['login', {secret}]);
  };
  await tries(['--secret', 'x'], {}, [derivedFrom('x'), 'x']);
  await tries([], {ABILITY_MONITOR_SECRET: 'c', ABILITY_CLUSTER_SECRET: 'b', ABILITY_SECRET: 'x'}, ['b', derivedFrom('x'), 'c']);
});

test('a secret does not cross the network as it is', async (t) => {
  const told = /^abilityctl: cannot attach to 192\.0\.2\.1:7700: the secret would cross the network.*--ca\.\n$/;
  assert.doesNotMatch(await ctlFails(t, ['status', '--node', '192.0.2.1', '--secret', 's3cret'], told), /s3cret/);
  // Nor to where a node says that others are.
  const node = await startFakeNode(t, {answers: {
    login: {may_read: true, may_command: true}, status: {},
    nodes: {nodes: [{name: 'here', state: 'self'}, {name: 'there', state: 'up', address: '192.0.2.1:7700'}]},
  }});
  const {stdout, stderr} = await ctl(t, ['status', '--cluster', '--json', '--secret', 's3cret', '--node', node.address]);
  assert.match(stdout + stderr, /192\.0\.2\.1:7700: the secret would cross the network/);
});

test('an error of the node ends with 1 and a sentence that helps', async (t) => {
  const node = await startFakeNode(t, {answers: {
    login: failed('wrong_secret', 'No.'),
    status: failed('login_required', 'No.'),
    connection: failed('not_found', 'There is no connection x; \'connections\' lists\u001b them.'),
    drain: failed('not_allowed', 'Start the node with --cluster-secret.'),
    nodes: ['garbage', '[]', '{"error":7}', '{"error":{"code":"busy"}}', '"text"'],
  }});
  const env = {ABILITY_NODE: node.address};
  assert.doesNotMatch(await ctlFails(t, ['status', '--secret', 's3cret'], /refuses the secret.*--secret/, {env}), /s3cret/);
  await ctlFails(t, ['status'], /--secret.*ABILITY_CLUSTER_SECRET/, {env});
  await ctlFails(t, ['connection', 'x'], /: There is no connection x; 'connections' lists\\x1b them\.\n$/, {env});
  await ctlFails(t, ['drain', '--json'], /--cluster-secret\.\n$/, {env});
  await ctlFails(t, ['nodes'], /no JSON object.*version/, {env});
  await ctlFails(t, ['nodes'], /no JSON object/, {env});
  await ctlFails(t, ['nodes'], /says nothing/, {env});
  await ctlFails(t, ['nodes'], /without a message/, {env});
  await ctlFails(t, ['nodes'], /no JSON object/, {env});
});

test('pages are followed until there are enough rows', async (t) => {
  const rows = (from, count) => Array.from({length: count}, (_, i) => ({name: `s${from + i}`, subscribers: 1, gaps: 0, lost: 0}));
  const pages = [
    {streams: rows(0, 1000), next: 's999', total: 2003},
    // With a filter a page may be short, or empty.
    {streams: [], next: 's1500', total: 2003},
    {streams: rows(1500, 3), next: 's1503', total: 2003},
    {streams: rows(1600, 1), next: null, total: 2003},
  ];
  const node = await startFakeNode(t, {answers: {streams: pages}});
  const all = await ctlJson(t, ['streams', '--all', '--node', node.address]);
  assert.equal(all.streams.length, 1004);
  assert.equal(all.streams.at(-1).name, 's1600');
  assert.equal(all.next, null);
  const asked = [];
  for (const _ of pages) asked.push((await node.nextQuestion())[1]);
  assert.deepEqual(asked, [{limit: 1000}, {limit: 1000, after: 's999'}, {limit: 1000, after: 's1500'}, {limit: 1000, after: 's1503'}]);

  const limited = await startFakeNode(t, {answers: {streams: {streams: rows(0, 2), next: 's1', total: 5}}});
  const {code, stdout, stderr} = await ctl(t, ['streams', '--limit', '2', '--node', limited.address]);
  assert.equal(code, 0);
  assert.equal(stdout.trim().split('\n').length, 3);
  assert.match(stderr, /there are more streams \(5 without a filter\); --all/);
  // A cursor that leads nowhere must not be followed for ever.
  assert.equal((await ctlJson(t, ['streams', '--limit', '9', '--node', limited.address])).streams.length, 4);
});

test('nothing that a node says can steer the terminal', async (t) => {
  const evil = 'a\u001b[2J\u009b31m\u202e\u0007\n\rb';
  const row = {id: evil, identity: evil, transport: evil, connected_s: evil, subscriptions: evil};
  const node = await startFakeNode(t, {
    answers: {
      connections: {connections: [row], next: null, total: 1}, connection: {...row, subscriptions: [{identifier: evil, streams: [evil]}]},
      status: {node: {name: evil}, state: evil, counters: {[evil]: 1}}, 'log-level': {level: evil, was: evil},
      nodes: {nodes: [{name: evil, state: evil}, {name: evil}]}, watch: {watching: true},
      stream: {name: evil, connections: [evil]},
      presence: {name: evil, members: [{id: evil, info: evil}, {id: evil, info: {[evil]: evil}}]},
    },
    feed: [['events', {node: evil, events: [{kind: evil, subject: evil, detail: evil, at_ms: 0}]}], ['snapshot', {node: evil}]],
  });
  for (const args of [['connections'], ['connection', 'x'], ['status'], ['log-level', 'info'], ['nodes'], ['stream', 'x'], ['presence', 'x'],
    ['watch', '--count', '2', '--events', 'all'], ['watch', '--count', '2', '--json'], ['connections', '--json']]) {
    const {code, stdout, stderr} = await ctl(t, [...args, '--node', node.address]);
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, String(args));
    if (!args.includes('--json')) assert.match(stdout, /a\\x1b\[2J\\u009b31m\\u202e\\x07\\n\\rb/, String(args));
  }
  assert.equal((await ctlJson(t, ['connections', '--node', node.address])).connections[0].identity, evil);
});

test('a node that cannot be reached is told apart from one that does not answer', async (t) => {
  const mute = await startFakeNode(t, {answers: {}});
  await ctlFails(t, ['status', '--node', mute.address, '--timeout', '0.3'], /gave no answer to status within 0\.3 s.*--timeout/);
  mute.signal('SIGSTOP');
  await ctlFails(t, ['status', '--node', mute.address, '--timeout', '0.3'], /cannot attach to .*no answer within 0\.3 s.*frozen/);
  await mute.kill();
  await ctlFails(t, ['status', '--node', mute.address], /connection refused; is abilityd running with --monitor-listen/);

  const hasty = net.createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  hasty.listen(0, '127.0.0.1');
  defer(t, () => hasty.close());
  const {port} = hasty.address() ?? await new Promise((resolve) => hasty.once('listening', () => resolve(hasty.address())));
  await ctlFails(t, ['status', '--node', `127.0.0.1:${port}`], /closed the connection before it said who it is.*--cert/);
});

test('the status of a node says which node it is', async (t) => {
  const node = await startFakeNode(t, {answers: {status: {
    node: {name: 'a', uuid: '0123', address: '10.0.0.7:7700', version: '0.1.0', pid: 12}, state: 'running', redis: 'connected'}}});
  const {code, stdout, stderr} = await ctl(t, ['status'], {env: {ABILITY_NODE: node.address}});
  assert.equal(code, 0, stderr);
  for (const [fact, text] of [['node', 'a'], ['address', '10\\.0\\.0\\.7:7700'], ['version', '0\\.1\\.0, pid 12'], ['uuid', '0123'],
                              ['redis', 'connected']])
    assert.match(stdout, new RegExp(`^${fact} +${text}$`, 'm'));
});

test('a node that ends while it is asked is told of at once', async (t) => {
  const node = await startFakeNode(t, {answers: {}});
  const asking = startCtl(t, ['status', '--node', node.address, '--timeout', '60']);
  assert.deepEqual(await node.nextQuestion(), ['status', {}]);
  await node.kill();
  const {code, stderr} = await asking.outcome();
  assert.equal(code, 1);
  assert.match(stderr, /closed the connection before it answered status; did it end\?\n$/);
});

test('a cluster is asked node by node, and who is missing is named', async (t) => {
  const status = (name, connections) => ({node: {name, uptime_s: 100, version: '0.1.0'}, state: 'running', connections});
  const b = await startFakeNode(t, {answers: {
    status: status('b', 2), stream: failed('not_found', 'no'), login: {may_read: true}}});
  const members = [
    {name: 'a', uuid: '1', address: 'unused:1', state: 'self'},
    {name: 'b', uuid: '2', address: b.address, state: 'up'},
    {name: 'c', uuid: '3', address: '127.0.0.1:1', state: 'lost'},
    {name: 'b', uuid: '4', address: '', state: 'up'},
  ];
  const a = await startFakeNode(t, {answers: {
    status: status('a', 1), nodes: [{nodes: members.slice(0, 2)}, {nodes: members}, {nodes: members.slice(0, 2)}],
    stream: [{name: 's', subscribers: 3, connections: []}, failed('not_found', 'no')], login: {may_read: true}}});
  const env = {ABILITY_NODE: a.address, ABILITY_CLUSTER_SECRET: 's3cret'};
  const well = await ctl(t, ['status', '--cluster'], {env});
  assert.equal(well.code, 0, well.stderr);
  assert.match(well.stdout, /^a +running +1m 40s +1 .* 0\.1\.0$/m);
  assert.match(well.stdout, /^b +running +1m 40s +2 .* 0\.1\.0$/m);
  assert.deepEqual(await b.nextQuestion(), ['login', {secret: 's3cret'}]);

  const {code, stdout, stderr} = await ctl(t, ['status', '--cluster', '--json'], {env});
  assert.equal(code, 1);
  const {nodes, errors} = JSON.parse(stdout);
  assert.deepEqual(nodes, {a: status('a', 1), b: status('b', 2)});
  assert.deepEqual(Object.keys(errors), ['c', 'b@']);
  assert.match(errors.c, /127\.0\.0\.1:1: connection refused/);
  assert.match(stderr, /^abilityctl: node c: cannot attach.*\nabilityctl: node b@: node b has no address/);

  // It is enough if one node has it.
  assert.deepEqual(await ctlJson(t, ['stream', 's', '--cluster'], {env}),
    {nodes: {a: {name: 's', subscribers: 3, connections: []}}, errors: {}});
  await ctlFails(t, ['stream', 's', '--cluster'], /node a: .*no\.\nabilityctl: node b: .*no\./, {env});
});

const snapshot = (at) => ({at_ms: at, interval_s: 0.1, node: 'a', connections: 7, rates: {deliveries: 5}, cpu_s: 1});
const watched = {
  answers: {status: {node: {name: 'a', uuid: '1'}, state: 'running'}, nodes: {nodes: []}, watch: {watching: true}},
  feed: [['snapshot', snapshot(1000)], ['events', {node: 'a', dropped: 0, events: [{kind: 'gap', subject: 's', at_ms: 0}]}]],
};

test('a feed is lines, each acknowledged, until there are enough', async (t) => {
  const node = await startFakeNode(t, watched);
  const env = {ABILITY_NODE: node.address, TZ: 'UTC'};
  const json = await ctl(t, ['watch', '--json', '--count', '3', '--interval', '250', '--events', 'gap,redis'], {env});
  assert.equal(json.code, 0, json.stderr);
  const lines = json.stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(lines.map(({kind}) => kind), ['snapshot', 'events', 'snapshot', 'events', 'snapshot']);
  assert.deepEqual(lines[0], {kind: 'snapshot', ...snapshot(1000)});
  const asked = [await node.nextQuestion(), await node.nextQuestion(), await node.nextQuestion()];
  assert.deepEqual(asked, [['status', {}], ['nodes', {}], ['watch', {interval_ms: 250, events: ['gap', 'redis']}]]);
  for (let credit = 0; credit < 5; credit += 1) assert.equal(await node.next('an acknowledgement'), 'credit');
  const text = await ctl(t, ['watch', '--count', '1'], {env});
  assert.match(text.stdout, /^(00:00:00 a gap s\n)?00:00:01 a connections=7 streams=- .*deliveries=5\/s .*\n(00:00:00 a gap s\n)?$/);
});

test('a feed that ends or falls silent is told of and dialled again, and one that never was there ends with 1', async (t) => {
  const node = await startFakeNode(t, watched);
  const watching = startCtl(t, ['watch', '--interval', '100', '--timeout', '0.5', '--node', node.address]);
  await watching.next('a snapshot');
  node.signal('SIGSTOP');
  await eventually('its silence', () => watching.stderr.includes(
    'has sent nothing for 0.6 s; it may be frozen or cut off. It is dialled until it is there again.\n'));
  node.signal('SIGCONT');
  await eventually('its return', () => /a is there again\.\n$/.test(watching.stderr), {detail: () => watching.stderr});
  const again = startCtl(t, ['watch', '--node', node.address]);
  await again.next('a snapshot');
  await node.kill();
  await eventually('its end', () => /closed the connection; did it end\? It is dialled until it is there again\.\n$/.test(again.stderr));
  const {code, stderr} = await ctl(t, ['watch', '--node', node.address]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot attach to/);
  for (const each of [watching, again]) each.signal('SIGTERM');
});

test('the feed of a cluster goes on without a node that is gone', async (t) => {
  const members = [{name: 'a', uuid: '1', address: 'x:1', state: 'self'}];
  const b = await startFakeNode(t, {...watched, answers: {...watched.answers, status: {node: {name: 'b'}}}});
  members.push({name: 'b', uuid: '2', address: b.address, state: 'up'});
  const a = await startFakeNode(t, {...watched, answers: {...watched.answers, nodes: {nodes: members}}});
  const watching = startCtl(t, ['watch', '--cluster', '--json', '--events', 'none', '--node', a.address]);
  await b.nextQuestion();
  await eventually('snapshots of b', async () => (await b.next()) === 'credit');
  await b.kill();
  await eventually('the news', async () => {
    const {kind, node, message} = JSON.parse(await watching.next('a line'));
    assert.ok(kind !== 'gone' || (node === 'b' && /closed the connection/.test(message)));
    return kind === 'gone';
  });
  await eventually('more of a', async () => JSON.parse(await watching.next('a line')).kind === 'snapshot');
  await a.kill();
  await eventually('the end of a', async () => {
    const {kind, node} = JSON.parse(await watching.next('a line'));
    return kind === 'gone' && node === 'a';
  });
  watching.signal('SIGTERM');
});

const toOtherScreen = '\u001b[?1049h';
const toOwnScreen = '\u001b[?1049l';

test('on a terminal the feed is a picture, and the terminal comes back as it was', async (t) => {
  const node = await startFakeNode(t, watched);
  const ends = {
    key: (watching) => watching.process.stdin.write('q'),
    interrupt: (watching) => watching.process.stdin.write('\u0003'),
    'key, after the node is gone': async (watching) => {
      node.kill();
      await eventually('a picture without the node', () => /gone, dialled again/.test(watching.stdout));
      watching.process.stdin.write('q');
    },
  };
  for (const end of Object.values(ends)) {
    const watching = startCtl(t, ['watch', '--node', node.address], {terminal: {columns: 70, rows: 12}});
    await eventually('a picture', () => /connections .*7/.test(watching.stdout), {detail: () => watching.stdout});
    assert.ok(watching.stdout.includes(toOtherScreen));
    assert.ok(!watching.stdout.includes(toOwnScreen));
    await end(watching);
    const {code, stdout} = await watching.outcome();
    assert.equal(code, 0);
    const behind = stdout.slice(stdout.lastIndexOf(toOwnScreen) + toOwnScreen.length);
    assert.equal(behind, '');
    assert.ok(stdout.includes('\u001b[?25h'), 'the cursor is shown again');
  }
});

test('colours are for terminals, and only if they are wanted', async (t) => {
  const node = await startFakeNode(t, {answers: {nodes: {nodes: []}}});
  const terminal = {columns: 200, rows: 24};
  const header = async (env) => (await ctl(t, ['nodes', '--node', node.address], {terminal, env})).stdout.trim();
  assert.match(await header({}), /^\u001b\[1mNAME.*\u001b\[0m$/);
  assert.match(await header({NO_COLOR: '1'}), /^NAME/);
  assert.match(await header({TERM: 'dumb'}), /^NAME/);
});

test('with certificates TLS is spoken, and what is wrong with them is said', async (t) => {
  const authority = new Authority(t);
  const strangers = new Authority(t, 'strangers');
  const [own, client, stranger] = [authority.issue(), authority.issue({name: 'client'}), strangers.issue()];
  const script = {answers: {status: {}}};
  const secure = await startFakeNode(t, script, [own.certificate, own.key, authority.certificate]);
  const plain = await startFakeNode(t, script);
  const options = (who, ca = authority) => ['--cert', who.certificate, '--key', who.key, '--ca', ca.certificate];
  const to = (node) => ['status', '--node', node.address];
  assert.deepEqual(await ctlJson(t, [...to(secure), ...options(client)]), {});
  await ctlFails(t, [...to(secure), ...options(stranger)], /refuses the TLS connection: .*unknown ca.*--cert/);
  await ctlFails(t, [...to(secure), ...options(client, strangers)], /certificate is not trusted: .*--ca/);
  await ctlFails(t, to(secure), /if it speaks TLS give --cert, --key and --ca/);
  await ctlFails(t, [...to(plain), ...options(client)], /does not speak TLS; leave out --cert/);
  for (const [args, told] of [
    [['--cert', client.certificate], /go together/],
    [options({...client, certificate: '/nosuch'}), /--cert \/nosuch: No such file/],
    [options({...client, key: stranger.key}), /--key .*mismatch/],
    [options({...client, certificate: client.key}), /--cert .*not PEM/],
    [options(client, {certificate: '/dev/null'}), /--ca \/dev\/null: /],
  ]) {
    const {code, stderr} = await ctl(t, [...to(secure), ...args]);
    assert.equal(code, 2);
    assert.match(stderr, told);
  }
});

test('wrong usage ends with 2 and asks nobody', async (t) => {
  const wrong = [
    [['status', '--node', 'host:x'], /--node must be host:port.*'host:x'/],
    [['status', '--node', ''], /--node/],
    [['status', 'x'], /the argument x is one too many/],
    [['status', '--timeout', '0'], /--timeout/],
    [['status', '--timeout', 'soon'], /number/],
    [['connections', '--limit', '0'], /--limit/],
    [['connection'], /ID/],
    [['connection', ''], /not empty/],
    [['stream', 's', '--limit', '1001'], /--limit/],
    [['disconnect'], /name one/],
    [['disconnect', 'x', '--identity', 'y'], /name one/],
    [['drain', '--within', '3601'], /--within/],
    [['drain', '--within', '0.5'], /number/],
    [['drain', '--within', '5', '--notice', '6'], /--notice must be 0 to 5/],
    [['log-level', 'loud'], /debug, info, warn or error.*'loud'/],
    [['watch', '--interval', '99'], /--interval/],
    [['watch', '--events', 'gap,'], /--events knows no ''/],
  ];
  for (const [args, told] of wrong) {
    const {code, stdout, stderr} = await ctl(t, args, {env: {ABILITY_NODE: '127.0.0.1:1'}});
    assert.equal(code, 2, `${args}: ${stderr}`);
    assert.match(stderr, told);
    assert.equal(stderr.trim().split('\n').length, 1, stderr);
    assert.equal(stdout, '');
  }
});

test('every command has a page that teaches by example', async (t) => {
  const commands = ['status', 'connections', 'connection', 'streams', 'stream', 'history', 'sessions', 'presence', 'nodes', 'watch', 'disconnect', 'drain', 'undrain', 'log-level'];
  const {stdout: all} = await ctl(t, ['--help']);
  for (const command of commands) {
    assert.match(all, new RegExp(`^  ${command} +[A-Z]`, 'm'));
    const {code, stdout} = await ctl(t, [command, '--help'], {env: {ABILITY_CLUSTER_SECRET: 's3cret'}});
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Examples?:\n(?:.*\n)*?.*abilityctl ${command}`));
    for (const option of ['--node', '--secret', '--cert', '--key', '--ca', '--json', '--timeout', '--cluster']) {
      assert.ok(stdout.includes(option), `${command}: ${option}`);
    }
    assert.doesNotMatch(stdout, /s3cret/);
  }
});

test('the example of a monitoring program prints the feed and ends with its node', async (t) => {
  const authority = new Authority(t);
  const [own, client] = [authority.issue(), authority.issue({name: 'client'})];
  for (const [served, given] of [
    [[], []],
    [[own.certificate, own.key, authority.certificate], [client.certificate, client.key, authority.certificate]],
  ]) {
    const node = await startFakeNode(t, watched, served);
    const watcher = startExample(t, 'watcher', ['127.0.0.1', String(node.port), ...given]);
    assert.deepEqual(await node.nextQuestion(), ['watch', {interval_ms: 1000, events: true}]);
    assert.equal(await watcher.next('the answer'), '{"watching":true}');
    assert.equal(await watcher.next('a snapshot'), `snapshot ${JSON.stringify(snapshot(1000))}`);
    assert.match(await watcher.next('events'), /^events \{/);
    assert.equal(await node.next('an acknowledgement'), 'credit');
    await node.kill();
    const {code, stderr} = await watcher.outcome();
    assert.equal(code, 1);
    assert.match(stderr, /the node is gone/);
  }
});
