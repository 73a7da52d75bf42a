// The programs around FlyRPC: abilityctl fly, and the examples of the library.
import assert from 'node:assert/strict';
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'node:test';
import {openCable, connectCable} from '../support/cable.mjs';
import {defer, killAtExit} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, within} from '../support/deadline.mjs';
import {nextSecond} from '../support/history.mjs';
import {Inbox} from '../support/inbox.mjs';
import {jwt, seconds} from '../support/tokens.mjs';

const examples = path.resolve(process.env.ABILITY_EXAMPLES ?? '../../build');

/** A program whose lines of output can be awaited. */
class Program {
  constructor(t, file, args, env = {}) {
    this.lines = new Inbox();
    this.errors = [];
    this.process = killAtExit(spawn(file, args, {env: {PATH: process.env.PATH, ...env}, stdio: ['pipe', 'pipe', 'pipe']}));
    defer(t, () => this.process.kill('SIGKILL'));
    createInterface({input: this.process.stdout}).on('line', (line) => this.lines.push(line));
    createInterface({input: this.process.stderr}).on('line', (line) => this.errors.push(line));
    this.ended = new Promise((resolve) => this.process.once('close', (code) => {
      this.lines.close(`ended with ${code}: ${this.errors.join('\n')}`);
      resolve(code);
    }));
  }

  next(what) {
    return this.lines.next(what);
  }

  exitCode() {
    return within(this.ended, 'the end of the program', {detail: () => this.errors.join('\n')});
  }
}

const ctl = (t, args, env) => new Program(t, process.env.ABILITYCTL, ['fly', ...args], env);

/** What a program prints, and how it ends. */
async function run(t, args, env) {
  const program = ctl(t, args, env);
  const code = await program.exitCode();
  const out = [];
  while (program.lines.size > 0) out.push(await program.next());
  return {code, out, err: program.errors.join('\n')};
}

/** A daemon that takes FlyRPC clients by all that carries it. */
async function startFly(t, args) {
  const daemon = await startDaemon(t, ['--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0', ...args]);
  const line = (pattern) => daemon.lines.map((each) => pattern.exec(each)).find(Boolean)[1];
  return {
    daemon,
    tcp: `tcp://127.0.0.1:${line(/address=127\.0\.0\.1 port=(\d+) serves=flyrpc/)}`,
    udp: `udp://127.0.0.1:${line(/address=udp:\/\/127\.0\.0\.1:(\d+)/)}`,
    ws: `ws://127.0.0.1:${daemon.port}/cable`,
  };
}

async function startChat(t, args = []) {
  const backend = new Program(t, path.join(examples, 'chat_backend'), ['tcp://127.0.0.1:0']);
  const address = /tcp:\/\/(\S+)/.exec(await backend.next('the address of the backend'))[1];
  const at = await startFly(t, ['--rpc-host', `fly://${address}`, '--lanes', '1', ...args]);
  await at.daemon.waitForMetric('ability_backend_links_num', 1);
  return {backend, ...at};
}

test('a browser and subscribers over TCP, UDP and WebSocket get the same broadcast', async (t) => {
  const at = await startFly(t, ['--public']);
  const browser = await connectCable(t, at.daemon);
  await browser.subscribe('chat');
  const others = [at.tcp, at.udp, at.ws].map((address) => ctl(t, ['subscribe', address, 'chat', '--count', '1']));
  for (const each of others) {
    await eventually('following', () => each.errors.some((line) => line.includes('following 1 stream')));
  }
  const text = '{"b":1,"a":12345678901234567890}';
  await at.daemon.publish('chat', text);
  for (const each of others) {
    assert.equal(await each.next('the broadcast'), text);
    assert.equal(await each.exitCode(), 0);
  }
  assert.ok((await browser.nextText()).endsWith(`"message":${text}}`));
});

test('with several streams a line tells which one it came on', async (t) => {
  const at = await startFly(t, ['--public']);
  const both = ctl(t, ['subscribe', at.tcp, 'one', 'two', '--count', '2']);
  await eventually('following', () => both.errors.some((line) => line.includes('following 2 streams')));
  await at.daemon.publish('two', '2');
  await at.daemon.publish('one', '1');
  assert.deepEqual([await both.next(), await both.next()].sort(), ['one\t1', 'two\t2']);
});

test('a subscriber with positions prints them, and another goes on behind one of them', async (t) => {
  const at = await startFly(t, ['--public']);
  const following = async (...args) => {
    const one = ctl(t, ['subscribe', ...args]);
    await eventually('following', () => one.errors.some((line) => line.includes('following')));
    return one;
  };
  const first = await following(at.tcp, 'news', '--positions', '--count', '4');
  await at.daemon.publish('news', '1');
  await at.daemon.publish('news', '"gone"', {meta: {transient: true}});
  await at.daemon.publish('news', '2');
  await at.daemon.publish('news', '3');
  const lines = [await first.next(), await first.next(), await first.next(), await first.next()];
  const [epoch] = lines[0].split('/');
  assert.match(epoch, /^[0-9a-f]{16}$/);
  const line = (n) => `${epoch}/${n}\t${n}`;
  assert.deepEqual(lines, [line(1), '-\t"gone"', line(2), line(3)]);
  assert.equal(await first.exitCode(), 0);

  const second = await nextSecond();
  await at.daemon.publish('news', '4');
  for (const [address, since, from] of [[at.tcp, `${epoch}/1`, 2], [at.udp, `${epoch}/2`, 3], [at.ws, `${epoch}/0`, 1],
    [at.tcp, String(second), 4]]) {
    const {code, out, err} = await run(t, ['subscribe', address, 'news', '--since', since, '--count', String(5 - from)]);
    assert.equal(code, 0, err);
    assert.deepEqual(out, [1, 2, 3, 4].slice(from - 1).map(line), `${address} ${since}`);
  }
  const two = await run(t, ['subscribe', at.tcp, 'news', 'other', '--since', String(second), '--count', '1']);
  assert.deepEqual(two.out, [`news\t${line(4)}`]);
});

test('a subscriber is told what cannot be sent any more, and goes on', async (t) => {
  const at = await startFly(t, ['--public', '--history-limit', '2']);
  const keeper = ctl(t, ['subscribe', at.tcp, 'news', '--positions']);
  await eventually('following', () => keeper.errors.some((line) => line.includes('following')));
  for (const n of [1, 2, 3, 4]) await at.daemon.publish('news', n);
  const [epoch] = (await keeper.next()).split('/');
  const told = 'abilityctl: missed: earlier messages of news cannot be sent any more; what follows is new';
  const others = ['0/1', `${epoch}/1`, `${epoch}/90`, '1'].map((since) =>
    ctl(t, ['subscribe', at.udp, 'news', '--since', since.replace(/^0\//, '0123456789abcdef/'), '--count', '1']));
  for (const each of others) await eventually('both sentences', () => each.errors.length === 2);
  await at.daemon.publish('news', 5);
  for (const each of others) {
    assert.equal(await each.next(), `${epoch}/5\t5`);
    assert.equal(await each.exitCode(), 0);
    assert.ok(each.errors.includes(told), each.errors.join('\n'));
  }
});

test('a subscriber says why it was refused, and that it was closed', async (t) => {
  const at = await startFly(t, ['--secret', 's3cret']);
  const stranger = await run(t, ['subscribe', at.tcp, 'chat']);
  assert.equal(stranger.code, 1);
  assert.match(stranger.err, /^abilityctl: unauthorized: the server lets this client in by nothing that it said; give --token/);
  const token = jwt({ext: '{"id":1}', exp: seconds() + 100}, 's3cret');
  const refused = await run(t, ['subscribe', at.tcp, 'chat'], {ABILITY_FLY_TOKEN: token});
  assert.equal(refused.code, 1);
  assert.match(refused.err, /forbidden/);
  assert.doesNotMatch(refused.err + stranger.err, /s3cret/);
});

test('a subscriber ends when the daemon does, and says why', async (t) => {
  const at = await startFly(t, ['--public']);
  const all = [at.tcp, at.udp, at.ws].map((address) => ctl(t, ['subscribe', address, 'chat']));
  for (const one of all) await eventually('following', () => one.errors.some((line) => line.includes('following')));
  at.daemon.signal('SIGTERM');
  for (const one of all) {
    assert.equal(await one.exitCode(), 1);
    assert.equal(one.errors.at(-1), 'abilityctl: the server closed the connection: closing: server_restart.');
  }
});

test('pings come back over all that carries them', async (t) => {
  const at = await startFly(t, ['--public']);
  for (const address of [at.tcp, at.udp, at.ws]) {
    const {code, out} = await run(t, ['ping', address, '--size', '512', '--count', '2']);
    assert.equal(code, 0);
    assert.equal(out.length, 2);
    assert.match(out[0], /^512 bytes in [\d.e-]+ ms$/);
  }
});

test('what is wrong is told with the exit code', async (t) => {
  const at = await startFly(t, ['--public']);
  for (const [args, code, pattern] of [
    [['call', at.tcp, '7', '{"x":1}'], 1, /not_found/],
    [['call', 'tcp://127.0.0.1:1', '7'], 1, /tcp:\/\/127\.0\.0\.1:1.*refused/],
    [['call', 'nowhere', '7'], 1, /an address is/],
    [['call', at.tcp, '7', '{no json'], 2, /must be JSON/],
    [['call', at.tcp], 2, /abilityctl fly call --help/],
    [['nothing'], 2, /--help/],
    [['ping', at.tcp, '--size', '70000'], 2, /--help/],
    ...['', '-1', 'now', '1.5', '0123456789abcdef', '0123456789abcde/1', '0123456789abcdef/-1', '0123456789abcdef/1,',
      '0123456789abcdef/18446744073709551616'].map((since) =>
      [['subscribe', at.tcp, 's', '--since', since], 2, /--since must be a Unix time in seconds, or a position.*--help/]),
    [['subscribe', at.tcp, 'a', 'b', '--since', '0123456789abcdef/1'], 2, /is for one stream/],
    [['subscribe', at.tcp, 'a', '--positions', '--legacy'], 2, /--legacy leaves out/],
    [['subscribe', at.tcp, 'a', '--since', `${'0123456789abcdef/1,'.repeat(2)}0123456789abcdef/2`], 1, /one position of an epoch/],
  ]) {
    const result = await run(t, args);
    assert.equal(result.code, code, `${args.join(' ')}: ${result.err}`);
    assert.match(result.err, pattern);
  }
});

test('the example backend answers calls through the daemon', async (t) => {
  const at = await startChat(t);
  for (const address of [at.tcp, at.udp, at.ws]) {
    assert.deepEqual(await run(t, ['call', address, '1', '{"x":[1,2]}']), {code: 0, out: ['{"x":[1,2]}'], err: ''});
    assert.deepEqual((await run(t, ['send', address, '2', '"hello"'])).code, 0);
  }
});

test('the example client, a browser and the shell chat in one room', async (t) => {
  const at = await startChat(t);
  const identifier = '{"channel":"RoomChannel"}';
  const browser = await openCable(t, at.daemon);
  assert.equal((await browser.next('the welcome')).type, 'welcome');
  browser.send({command: 'subscribe', identifier});
  assert.deepEqual(await browser.next(), {type: 'confirm_subscription', identifier});
  const shell = ctl(t, ['subscribe', at.ws, identifier, '--count', '2']);
  await eventually('following', () => shell.errors.some((line) => line.includes('following')));

  const device = new Program(t, path.join(examples, 'chat_client'), [at.tcp]);
  assert.equal(await device.next(), 'echoed: {"text":"hello"}');
  const heard = JSON.parse((await device.next()).replace('heard: ', ''));
  assert.equal(heard.text, 'hello, room');
  assert.equal(await device.exitCode(), 0);
  assert.deepEqual((await browser.next()).message, heard);
  assert.deepEqual(JSON.parse(await shell.next()), heard);

  browser.send({command: 'message', identifier, data: '{"action":"speak","text":"hi"}'});
  assert.equal(JSON.parse(await shell.next()).text, 'hi');
  assert.equal((await browser.next()).message.text, 'hi');
});

test('the example that follows by positions prints each message once and in order, however often it connects', async (t) => {
  const {daemon, udp} = await startFly(t, ['--public']);
  const device = new Program(t, path.join(examples, 'follower'), [udp]);
  const followed = (times) => eventually(`following ${times} times`, () => device.errors.length === times);
  for (let n = 1; n <= 40; n += 1) {
    if (n % 10 === 1) {
      if (n > 1) device.process.stdin.write('\n');
      if (n < 20) await followed((n - 1) / 10 + 1); // later numbers are published while it connects
    }
    await daemon.publish('numbers', n);
  }
  for (let n = 1; n <= 40; n += 1) assert.equal(await device.next(), String(n));
  await followed(4);
  device.process.stdin.end();
  assert.equal(await device.exitCode(), 0);
});

test('when the example backend is killed its clients are told and calls fail', async (t) => {
  const at = await startChat(t, ['--shutdown-timeout', '1s']);
  const follower = ctl(t, ['subscribe', at.tcp, '{"channel":"RoomChannel"}']);
  await eventually('following', () => follower.errors.some((line) => line.includes('following')));
  at.backend.process.kill('SIGKILL');
  assert.equal(await follower.exitCode(), 1);
  await at.daemon.waitForMetric('ability_backend_links_num', 0);
  const {code, err} = await run(t, ['call', at.tcp, '1', '1']);
  assert.equal(code, 1);
  assert.match(err, /closing|try again later/);
});

test('bytes that docs/flyrpc.md types at the wire are answered as it says', async (t) => {
  const at = await startFly(t, ['--public']);
  const page = readFileSync(new URL('../../../docs/flyrpc.md', import.meta.url), 'utf8');
  const commands = page.match(/^ {4}printf '.*\| nc .*$/gm);
  assert.equal(commands?.length, 2);
  const port = at.tcp.split(':').pop();
  const [pong, error] = commands.map((command) => execFileSync('bash', ['-c', command.replace('5555', port)],
    {encoding: 'utf8', timeout: 10_000}));
  assert.match(pong, /^00000000: 8200 0001 0002 0000 /);
  assert.match(error, /^00000000: c301 0203 [0-9a-f]{4} 0000 2710 /);
});
