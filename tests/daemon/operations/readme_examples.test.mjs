// The examples of README.md and of the pages for users in docs/, run as they are written: each ends in a message that
// arrives. They name ports, so they run in a network of their own. An example that is run by no test fails the last one.
// Labels: hardened
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {connectCable} from '../support/cable.mjs';
import {channel} from '../support/channel.mjs';
import {defer, killAtExit} from '../support/cleanup.mjs';
import {binary} from '../support/daemon.mjs';
import {eventually, patience, within} from '../support/deadline.mjs';
import {Redis} from '../support/redis.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const root = path.join(here, '../..');
// Pages for developers show bytes and sequences instead.
const forDevelopers = ['ARCHITECTURE.md', 'GLOSSARY.md', 'README.md'];
const pages = ['README.md', ...readdirSync(path.join(root, 'docs')).filter((name) => name.endsWith('.md'))
  .filter((name) => !forDevelopers.includes(name)).map((name) => `docs/${name}`)];

/** The blocks of code of a page, as their lines, the heading above and the text behind each. */
function readBlocks(page) {
  const blocks = [];
  let heading = '';
  let block = null;
  for (const line of readFileSync(path.join(root, page), 'utf8').split('\n')) {
    if (line.startsWith('    ')) {
      if (!block) blocks.push(block = {page, heading, lines: [], behind: ''});
      block.lines.push(line.slice(4));
    } else if (line !== '' || !block) {
      if (blocks.length > 0) blocks.at(-1).behind += `${line}\n`;
      if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '');
      block = null;
    } else if (block) {
      block.lines.push('');
    }
  }
  for (const each of blocks) while (each.lines.at(-1) === '') each.lines.pop();
  return blocks;
}

const blocks = pages.flatMap(readBlocks);
const taken = new Set();

/** The blocks of a page, or of what is below one of its headings, that a test is about to run. */
function blocksOf(page, heading, isWanted = () => true) {
  const found = blocks.filter((each) => each.page === page && (heading === undefined || each.heading === heading) && isWanted(each));
  assert.ok(found.length > 0, `${page} has no such example below ${heading}`);
  for (const each of found) taken.add(each);
  return found;
}

const blockOf = (page, heading, has) => blocksOf(page, heading, ({lines}) => lines.some((line) => line.includes(has)))[0];

const isCommand = (line) => /^(build\/|curl |redis-cli |printf |node |([A-Z_]+=\S+ )+build\/)/.test(line);
const isDaemon = (command) => command.includes('build/abilityd');
const commandsOf = (page, heading) => blocksOf(page, heading, ({lines}) => lines.every(isCommand));

/** Examples that are not run here, by a part of their text, and the test that runs or compares them, or the reason. */
const elsewhere = new Map([
  ['./dev ', 'daemon.dev_script; they install and build'],
  ['publisher ── POST', 'a drawing'],
  ['puma -b', 'Ruby is not installed'],
  ['bundle exec', 'Ruby is not installed'],
  ['AnyCable.capture_exception', 'Ruby is not installed'],
  ['redis+cluster://10.0.0.1', 'daemon.redis_cluster'],
  ['{"command":"disconnect"', 'daemon.remote_disconnect'],
  ['fly::multiplexed_server backend', 'config.readme compares it with the program'],
  ['fly::client client', 'config.readme compares it with the program'],
  ['fly::client device', 'config.readme compares it with the program'],
  ['caf::scoped_actor self', 'config.readme compares it with the program'],
  ['find_package(ability', 'package'],
  ['$ curl localhost:8080/health/ready', 'daemon.health'],
  ['abilityctl load ', 'daemon.load_runs; it takes a minute'],
  ['ExecStart=', 'systemd is not running'],
]);

/** A folder in which commands find what the pages say is there, and the commands that run in it. */
class Terminals {
  #running = [];

  constructor(t) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'ability-readme-'));
    symlinkSync(path.dirname(binary), path.join(this.folder, 'build'));
    symlinkSync(path.join(here, 'node_modules'), path.join(this.folder, 'node_modules'));
    defer(t, async () => {
      await this.clear();
      rmSync(this.folder, {recursive: true, force: true});
    });
  }

  /** Starts a command that goes on, and waits until it says that it does. */
  async open(command, says, {stdin = 'ignore', exec = 'exec '} = {}) {
    const child = killAtExit(spawn('bash', ['-c', `${exec}${command}`], {cwd: this.folder, stdio: [stdin, 'pipe', 'pipe']}));
    const terminal = {command, child, out: '', err: ''};
    child.stdout.setEncoding('utf8').on('data', (text) => { terminal.out += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { terminal.err += text; });
    terminal.ended = new Promise((resolve) => child.once('close', resolve));
    this.#running.push(terminal);
    const detail = () => `${command}\n${terminal.out}${terminal.err}`;
    await eventually(`${command} to begin`, () => says === undefined || says.test(terminal.out + terminal.err), {detail});
    return terminal;
  }

  /** Runs a command to its end, which must be a good one. */
  run(command) {
    const {status, stdout, stderr} = spawnSync('bash', ['-c', command], {cwd: this.folder, encoding: 'utf8', timeout: patience});
    assert.equal(status, 0, `${command}\n${stdout}${stderr}`);
    return stdout;
  }

  write(name, lines) {
    writeFileSync(path.join(this.folder, name), `${lines.join('\n')}\n`);
  }

  followers(stream) {
    return this.#running.filter(({command}) => command.includes(' fly subscribe ') && command.includes(stream));
  }

  async clear() {
    // The last one first: a daemon that ends tells its application who has left, and waits for one that is gone.
    for (const {command, child, ended} of this.#running.reverse()) {
      child.kill('SIGTERM');
      await within(ended, `the end of ${command}`);
    }
    this.#running = [];
  }
}

/** What a command publishes: [stream, data] of each; nothing if it does not. */
function publicationsOf(command) {
  const told = /abilityctl publish (\S+) '([^']*)'/.exec(command);
  if (told) return [[told[1], told[2]]];
  const posted = /(?:(?:_broadcast|api\/publish) .*-d|publish __anycable__) '([^']*)'/.exec(command);
  if (!posted) return [];
  const text = ({stream, data}) => [stream, typeof data === 'string' ? data : JSON.stringify(data)];
  return [JSON.parse(posted[1])].flat().map(text);
}

/** Runs the commands in their order; what is published must be printed by everybody who follows. Hands out how much was. */
async function follow(terminals, commands) {
  let arrived = 0;
  const ids = new Set(); // a second publication with the same one reaches nobody
  for (const {lines, behind} of commands) {
    for (const command of lines) {
      if (isDaemon(command)) {
        if (command === lines.find(isDaemon)) await terminals.clear();
        await terminals.open(command, /\bready\b/);
        continue;
      }
      if (command.includes(' fly subscribe ')) {
        await terminals.open(command, /following 1 stream/);
        continue;
      }
      const id = /Idempotency-Key: ([^']+)'/.exec(command)?.[1];
      const publications = ids.has(id) ? [] : publicationsOf(command);
      if (id !== undefined) ids.add(id);
      const before = new Map(publications.flatMap(([stream]) => terminals.followers(stream)).map((each) => [each, each.out]));
      const out = terminals.run(command);
      const promised = /^prints `([^`]+)`/.exec(behind);
      if (promised && lines.length === 1) assert.ok(out.includes(promised[1]), `${command} prints ${out}`);
      if (publications.length === 0) continue;
      if (command.startsWith('curl ')) assert.equal(out, '', 'an answer without a complaint');
      assert.ok(before.size > 0, `nobody hears: ${command}`);
      const expected = publications.map(([, data]) => `${data}\n`).join('');
      for (const [each, was] of before) {
        await eventually(`${each.command} to print ${expected}`, () => each.out === was + expected,
          {detail: () => `${command}\n${each.out}${each.err}`});
        arrived += publications.length;
      }
    }
  }
  return arrived;
}

// A browser as far as clients need one.
const browser = `import WebSocket from 'ws';
globalThis.WebSocket = WebSocket;
globalThis.document = {visibilityState: 'visible'};
globalThis.addEventListener = globalThis.removeEventListener = () => {};
`;
// Bundlers know the names in a package of this form, Node does not.
const asNodeImports = (line) => line.replace(/^import (\{.*\}) from "@rails\/actioncable";$/,
  'import rails from "@rails/actioncable"; const $1 = rails;');

/** Starts a program that follows `news`, and waits for it to print a message. */
async function followByProgram(t, lines) {
  const terminals = new Terminals(t);
  terminals.write('browser.mjs', [browser]);
  terminals.write('follow.mjs', lines.map(asNodeImports));
  await terminals.open('build/abilityd --public', /\bready\b/);
  const follower = await terminals.open('node --import ./browser.mjs follow.mjs');
  await eventually('the message to be printed', () => {
    terminals.run(`build/abilityctl publish news '{"text":"hello"}'`);
    return follower.out.includes("{ text: 'hello' }");
  }, {every: 200, detail: () => follower.out + follower.err});
}

function inOwnNetwork() {
  test('README: a daemon, a follower and publishers', async (t) => {
    const commands = ['Start', 'Subscribe', 'Publish'].flatMap((heading) => commandsOf('README.md', heading));
    assert.equal(await follow(new Terminals(t), commands), 2);
  });

  test('README: a cluster', async (t) => {
    await follow(new Terminals(t), commandsOf('README.md', 'A cluster'));
  });

  test('publishing', async (t) => {
    const redis = new Redis(6379, []);
    defer(t, () => redis.stop());
    await redis.start();
    const arrived = await follow(new Terminals(t), commandsOf('docs/publishing.md'));
    assert.ok(arrived >= 9, `${arrived} messages arrived`);
  });

  test('tokens and signed streams', async (t) => {
    assert.equal(await follow(new Terminals(t), commandsOf('docs/clients.md')), 2);
  });

  test('FlyRPC', async (t) => {
    assert.ok(await follow(new Terminals(t), commandsOf('docs/flyrpc.md', 'Clients')) >= 3);
  });

  test('an application and a device in C++', async (t) => {
    const terminals = new Terminals(t);
    const {lines: [backend, daemon, client]} = blockOf('docs/flyrpc.md', 'An application in C++', 'build/chat_client');
    await terminals.open(backend, /^serving gateways at /m);
    await terminals.open(daemon, /\bready\b/);
    const {out} = await terminals.open(client, /^echoed: \{"text":"hello"\}\nheard: .*hello, room/m);
    assert.ok(out);
  });

  test('a log in Redis', async (t) => {
    const redis = new Redis(6379, []);
    defer(t, () => redis.stop());
    await redis.start();
    const terminals = new Terminals(t);
    const page = 'docs/reliable-streams.md';
    terminals.run(blockOf(page, 'Redis', 'redis-cli acl').lines.join('\n'));
    assert.equal(await follow(terminals, [blockOf(page, 'Redis', ' --port 8081')]), 1);
    assert.deepEqual(await redis.command('XLEN', 'ability:log{s:news}'), 1);
    await terminals.clear();
    await terminals.open('build/abilityd --public --broker redis --redis-url redis://node:s3cret@localhost:6379', /redis reached/);
    terminals.run("build/abilityctl publish news '2'");
    assert.deepEqual(await redis.command('XLEN', 'ability:log{s:news}'), 2);
  });

  test('a device that follows by positions', async (t) => {
    const terminals = new Terminals(t);
    const {lines: [daemon, follower, publisher]} = blockOf('docs/reliable-streams.md', 'FlyRPC', 'build/follower');
    await terminals.open(daemon, /\bready\b/);
    const device = await terminals.open(follower, /^following$/m, {stdin: 'pipe'});
    terminals.run(publisher.replace('seq 100', 'seq 3').replace('sleep 0.2', 'sleep 0'));
    await eventually('the last number', () => device.out === '1\n2\n3\n', {detail: () => device.out});
  });

  test('a cluster', async (t) => {
    assert.equal(await follow(new Terminals(t), commandsOf('docs/cluster.md')), 1);
  });

  const programs = ['README.md', 'docs/clients.md'].flatMap((page) => (
    blocksOf(page, undefined, ({lines}) => lines.some((line) => /new WebSocket|createConsumer\(|createCable\(/.test(line)))));
  assert.equal(programs.length, 6);
  for (const {page, heading, lines} of programs) {
    test(`a client: ${page}, ${heading}, ${lines[0]}`, (t) => followByProgram(t, lines));
  }

  for (const {lines} of blocksOf('docs/reliable-streams.md', 'Clients')) {
    test(`a client that may have missed something: ${lines.at(-1)}`, (t) => followByProgram(t, lines));
  }

  test('a client that is cut off and gets what it missed', async (t) => {
    const terminals = new Terminals(t);
    const page = 'docs/reliable-streams.md';
    terminals.write('follow.mjs', blockOf(page, 'See it', 'Breakable').lines);
    const {lines: [daemon, node, loop]} = blockOf(page, 'See it', 'node follow.mjs');
    await terminals.open(daemon, /\bready\b/);
    const follower = await terminals.open(node, undefined, {stdin: 'pipe'});
    await eventually('the client to follow', () => terminals.run('curl -s localhost:8080/metrics').includes('ability_clients_num 1'));
    await terminals.open(loop, undefined, {exec: ''}); // bash cannot become a loop
    const seen = (pattern) => eventually(`the client to print ${pattern}`, () => pattern.test(follower.out),
      {ms: 2 * patience, detail: () => follower.out + follower.err});
    await seen(/^5 $/m);
    follower.child.stdin.write('\n');
    await seen(/^away\n[^]*^\d+ \n\d+ \n\d+ $/m);
    assert.doesNotMatch(follower.out, /is not/);
  });

  test('a client that is present, and programs that ask who is there and what is kept', async (t) => {
    const terminals = new Terminals(t);
    const page = 'docs/reliable-streams.md';
    terminals.write('browser.mjs', [browser]);
    terminals.write('room.mjs', ['import {createCable} from "@anycable/core";',
      'const cable = createCable("ws://localhost:8080/cable", {protocol: "actioncable-v1-ext-json"});',
      'const user = {id: 7, name: "Ada"};', ...blockOf(page, 'Presence', 'room.presence.join').lines]);
    await terminals.open('build/abilityd --public --secret s3cret --broker memory', /\bready\b/);
    await terminals.open('node --import ./browser.mjs room.mjs', /^join 7 /m);
    const [who, present] = blockOf(page, 'Presence', 'curl ').lines;
    assert.equal(terminals.run(who), present);
    for (const data of ['{"n":1}', '{"n":2}', 'text']) terminals.run(`ABILITY_SECRET=s3cret build/abilityctl publish news '${data}'`);
    const [read, kept] = blockOf(page, 'The log by HTTP', 'curl ').lines;
    const alike = (text) => text.replace(/"epoch":"[0-9a-f]{16}"/, '"epoch":E').replaceAll(/"time":\d{13}/g, '"time":T');
    assert.equal(alike(terminals.run(read)), alike(kept));
  });

  test('an application in Node', async (t) => {
    const terminals = new Terminals(t);
    const page = 'docs/application.md';
    terminals.write('app.mjs', blockOf(page, 'HTTP', 'createServer').lines);
    terminals.write('chat.mjs', blockOf(page, 'HTTP', 'new WebSocket').lines);
    const {lines: [app, daemon, chat, publish]} = blockOf(page, 'HTTP', 'node app.mjs');
    await terminals.open(app);
    await terminals.open(daemon, /\bready\b/);
    const url = {url: 'http://localhost:8080'};
    const cable = await eventually('the application to answer',
      () => connectCable(t, url, {headers: {cookie: 'user=1'}}).catch(() => null));
    cable.send({command: 'subscribe', identifier: channel()});
    assert.equal((await cable.next()).type, 'confirm_subscription');
    const client = await terminals.open(chat, /^\{ echo: 'hi' \}$/m);
    terminals.run(publish);
    assert.deepEqual((await cable.next()).message, {text: 'hello'});
    await eventually('the message to be printed', () => client.out === "{ echo: 'hi' }\n{ text: 'hello' }\n",
      {detail: () => client.out + client.err});
  });

  test('looking into a node alone', async (t) => {
    const terminals = new Terminals(t);
    const commands = commandsOf('docs/monitoring.md').flatMap(({lines}) => lines);
    const only = (part) => commands.find((each) => each.includes(part));
    const daemon = await terminals.open(commands.find(isDaemon), /\bready\b/);
    assert.match(terminals.run(only('abilityctl status')), /^state +running$/m);
    await terminals.open(only('abilityctl watch'), /\S/);
    await terminals.open(only('build/watcher'), /^snapshot /m);
    terminals.run(only('abilityctl streams'));
    const hasJq = spawnSync('jq', ['--version']).status === 0;
    terminals.run(only('abilityctl connections').replace(hasJq ? '' : ' | jq', ''));
    const orders = commands.filter((each) => /^build\/abilityctl .*--secret s3cret/.test(each));
    assert.equal(orders.length, 4);
    // One waits for as long as balancers take, which has tests of its own.
    for (const each of orders.filter((order) => !order.endsWith(' --wait --secret s3cret'))) terminals.run(each);
    assert.doesNotMatch(daemon.err, /\berror\b/);
  });

  test('options for Kubernetes', async (t) => {
    const terminals = new Terminals(t);
    const {lines: [daemon]} = blockOf('docs/operations.md', 'Kubernetes', 'abilityd --host');
    const {child} = await terminals.open(`build/${daemon}`, /\bready\b/);
    assert.match(terminals.run('curl -s localhost:9090/health/ready'), /"state":"running"/);
    child.kill('SIGKILL'); // instead of waiting for --shutdown-delay
  });

  const upstream = blockOf('docs/operations.md', 'Proxies and balancers', 'upstream ');
  test('nginx in front', {skip: spawnSync('nginx', ['-v']).status === 0 ? false : 'no nginx here'}, async (t) => {
    const terminals = new Terminals(t);
    const {lines} = upstream;
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${terminals.folder}/${each};`);
    terminals.write('nginx.conf', [`pid ${terminals.folder}/nginx.pid;`, 'daemon off;', 'master_process off;', 'events {}',
      'http {', 'access_log off;', ...paths, ...lines, '}']);
    const nodes = commandsOf('docs/cluster.md').flatMap((each) => each.lines);
    const ports = lines[0].match(/\d{4}/g);
    for (const port of ports) {
      const node = nodes.find((each) => each.includes(` --port ${port} `));
      await terminals.open(`${node} --trusted-proxies 127.0.0.1`, /\bready\b/);
    }
    await terminals.open(`nginx -e stderr -p ${terminals.folder} -c ${terminals.folder}/nginx.conf`);
    const front = {url: 'http://127.0.0.1:8000'};
    const cables = [];
    for (const _ of ports) cables.push(await eventually('nginx to answer', () => connectCable(t, front).catch(() => null)));
    for (const port of ports) {
      assert.match(terminals.run(`curl -s localhost:${port}/metrics`), /^ability_clients_num 1$/m, 'each node has one');
    }
    for (const cable of cables) await cable.subscribe('news');
    terminals.run(nodes.find((each) => each.startsWith('curl ')));
    for (const cable of cables) assert.deepEqual((await cable.next()).message, {text: 'hello'});
    const told = terminals.run("curl -s -o metrics -w '%{http_code}' http://127.0.0.1:8000/metrics");
    assert.equal(told, '404', 'what is not for clients is not there');
  });

  test('no example is left out', () => {
    const isElsewhere = ({lines}, part) => lines.join('\n').includes(part);
    for (const each of blocks) {
      assert.ok(taken.has(each) || [...elsewhere.keys()].some((part) => isElsewhere(each, part)),
        `${each.page}, ${each.heading}: run by no test:\n${each.lines.join('\n')}`);
    }
    for (const [part, reason] of elsewhere) {
      assert.ok(blocks.some((each) => !taken.has(each) && isElsewhere(each, part)), `${part} (${reason}) is in no page, or is run`);
    }
  });
}

if (process.env.ABILITY_OWN_NETWORK) {
  inOwnNetwork();
} else {
  const enter = ['--net', ...(process.getuid() === 0 ? [] : ['--map-root-user'])];
  const possible = spawnSync('unshare', [...enter, 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  test('examples of README and of the pages end in a message that arrives', {skip: possible ? false : 'no network namespaces here'}, async () => {
    const inside = spawn('unshare', [...enter, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, '--test',
      fileURLToPath(import.meta.url)], {
      env: {...process.env, ABILITY_OWN_NETWORK: '1', NODE_TEST_CONTEXT: undefined}, stdio: ['ignore', 'pipe', 'inherit']});
    killAtExit(inside);
    let out = '';
    inside.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    const code = await within(new Promise((resolve) => inside.once('close', resolve)), 'the end of the examples', {ms: 15 * patience});
    assert.equal(code, 0, out);
    assert.match(out, /^# pass (1[6-9]|[2-9]\d)/m, out);
  });
}
