// README's examples, run as they are written: each ends in a message that arrives. They name ports, so they run in a
// network of their own.
// Labels: hardened
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
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
const readme = readFileSync(path.join(here, '../../README.md'), 'utf8');

/** The blocks of code of a section, as their lines, and the text behind each. */
function blocksOf(title) {
  const start = readme.indexOf(`\n## ${title}\n`);
  assert.ok(start >= 0, `README has no section ${title}`);
  const end = readme.indexOf('\n## ', start + 1);
  const blocks = [];
  let block = null;
  for (const line of readme.slice(start, end < 0 ? undefined : end).split('\n')) {
    if (line.startsWith('    ')) {
      if (!block) blocks.push(block = {lines: [], behind: ''});
      block.lines.push(line.slice(4));
    } else if (line !== '' || !block) {
      if (blocks.length > 0) blocks.at(-1).behind += `${line}\n`;
      block = null;
    } else if (block) {
      block.lines.push('');
    }
  }
  for (const each of blocks) while (each.lines.at(-1) === '') each.lines.pop();
  return blocks;
}

const isCommand = (line) => /^(build\/|curl |redis-cli |printf |node |([A-Z_]+=\S+ )+build\/)/.test(line);
const isDaemon = (command) => command.includes('build/abilityd');
const commandsOf = (title) => blocksOf(title).filter(({lines}) => lines.every(isCommand));

/** A folder in which commands find what README says is there, and the commands that run in it. */
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
  async open(command, says) {
    const child = killAtExit(spawn('bash', ['-c', `exec ${command}`], {cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe']}));
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
  const posted = /(?:_broadcast .*-d|publish __anycable__) '([^']*)'/.exec(command);
  if (!posted) return [];
  const text = ({stream, data}) => [stream, typeof data === 'string' ? data : JSON.stringify(data)];
  return [JSON.parse(posted[1])].flat().map(text);
}

/** Runs the commands in their order; what is published must be printed by everybody who follows. Hands out how much was. */
async function follow(terminals, commands) {
  let arrived = 0;
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
      const publications = publicationsOf(command);
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

function inOwnNetwork() {
  test('publishing', async (t) => {
    const redis = new Redis(6379, []);
    defer(t, () => redis.stop());
    await redis.start();
    const commands = commandsOf('Publish');
    const arrived = await follow(new Terminals(t), commands);
    assert.ok(arrived >= 6, `${arrived} messages arrived`);
  });

  test('tokens and signed streams', async (t) => {
    assert.equal(await follow(new Terminals(t), commandsOf('Without an application')), 2);
  });

  test('FlyRPC', async (t) => {
    const blocks = commandsOf('FlyRPC');
    const end = blocks.findIndex(({lines}, at) => at > 0 && lines.some(isDaemon));
    assert.ok(await follow(new Terminals(t), end < 0 ? blocks : blocks.slice(0, end)) >= 3);
  });

  test('a cluster', async (t) => {
    const blocks = commandsOf('A cluster');
    const end = blocks.findIndex(({lines}, at) => at > 0 && lines.some(isDaemon));
    assert.equal(await follow(new Terminals(t), end < 0 ? blocks : blocks.slice(0, end)), 1);
  });

  test('a client in Node', async (t) => {
    const terminals = new Terminals(t);
    const program = blocksOf('Subscribe').find(({lines}) => lines.some((line) => line.includes('createCable')));
    terminals.write('follow.mjs', program.lines);
    await terminals.open('build/abilityd --public', /\bready\b/);
    const follower = await terminals.open('node follow.mjs');
    await eventually('the message to be printed', () => {
      terminals.run(`build/abilityctl publish news '{"text":"hello"}'`);
      return follower.out.includes("{ text: 'hello' }");
    }, {every: 200, detail: () => follower.out + follower.err});
  });

  test('an application in Node', async (t) => {
    const terminals = new Terminals(t);
    const blocks = blocksOf('Ask the application');
    terminals.write('app.mjs', blocks.find(({lines}) => lines.some((line) => line.includes('createServer'))).lines);
    terminals.write('chat.mjs', blocks.find(({lines}) => lines.some((line) => line.includes('new WebSocket'))).lines);
    const {lines: [app, daemon, chat, publish]} = blocks.find(({lines}) => lines[0] === 'node app.mjs');
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
    const commands = commandsOf('Look into it').flatMap(({lines}) => lines);
    const daemon = await terminals.open(commands.find(isDaemon), /\bready\b/);
    assert.match(terminals.run(commands.find((each) => each.includes('abilityctl status'))), /^state +running$/m);
    const orders = commands.filter((each) => /^build\/abilityctl .*--secret s3cret/.test(each));
    assert.equal(orders.length, 4);
    // One waits for as long as balancers take, which has tests of its own.
    for (const each of orders.filter((order) => !order.endsWith(' --wait --secret s3cret'))) terminals.run(each);
    assert.doesNotMatch(daemon.err, /\berror\b/);
  });

  test('nginx in front', {skip: spawnSync('nginx', ['-v']).status === 0 ? false : 'no nginx here'}, async (t) => {
    const terminals = new Terminals(t);
    const {lines} = blocksOf('Run it').find((each) => each.lines[0].startsWith('upstream '));
    const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((each) => `${each}_temp_path ${terminals.folder}/${each};`);
    terminals.write('nginx.conf', [`pid ${terminals.folder}/nginx.pid;`, 'daemon off;', 'master_process off;', 'events {}',
      'http {', 'access_log off;', ...paths, ...lines, '}']);
    const nodes = commandsOf('A cluster').flatMap((each) => each.lines);
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
}

if (process.env.ABILITY_OWN_NETWORK) {
  inOwnNetwork();
} else {
  const enter = ['--net', ...(process.getuid() === 0 ? [] : ['--map-root-user'])];
  const possible = spawnSync('unshare', [...enter, 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  test('README\'s examples end in a message that arrives', {skip: possible ? false : 'no network namespaces here'}, async () => {
    const inside = spawn('unshare', [...enter, 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, '--test',
      fileURLToPath(import.meta.url)], {
      env: {...process.env, ABILITY_OWN_NETWORK: '1', NODE_TEST_CONTEXT: undefined}, stdio: ['ignore', 'pipe', 'inherit']});
    killAtExit(inside);
    let out = '';
    inside.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    const code = await within(new Promise((resolve) => inside.once('close', resolve)), 'the end of the examples', {ms: 15 * patience});
    assert.equal(code, 0, out);
    assert.match(out, /^# pass ([7-9]|\d\d)/m, out);
  });
}
