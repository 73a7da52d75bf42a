// abilityctl publish and key before real daemons.
// Labels: hardened
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {ctl, ctlFails} from '../support/ctl.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {freePort} from '../support/ports.mjs';

const derived = (name) => createHmac('sha256', 's3cret').update(name).digest('hex');

test('a key is the HMAC of its name with the secret, which the option or a variable tells', async (t) => {
  const names = {broadcast: 'broadcast-cable', rpc: 'rpc-cable', 'fly-rpc': 'fly-rpc', cluster: 'cluster'};
  for (const [purpose, name] of Object.entries(names)) {
    const outcome = {code: 0, stdout: `${derived(name)}\n`, stderr: ''};
    assert.deepEqual(await ctl(t, ['key', purpose, '--secret', 's3cret']), outcome);
    assert.deepEqual(await ctl(t, ['key', purpose], {env: {ABILITY_SECRET: 's3cret'}}), outcome);
  }
  for (const args of [['key', 'jwt', '--secret', 's3cret'], ['key', 'broadcast']]) {
    const {code, stdout, stderr} = await ctl(t, args);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /broadcast, api, rpc|ABILITY_SECRET/);
  }
});

test('what is published arrives byte for byte, with its meta', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--noauth', '--public-streams']);
  const url = ['--url', `${daemon.url}/_broadcast`];
  const [cable, other] = [await connectCable(t, daemon), await connectCable(t, daemon)];
  const identifier = await cable.subscribe('a/b');
  await other.subscribe('a/b');
  const env = {ABILITY_SECRET: 's3cret'};
  const publish = async (...args) => assert.equal((await ctl(t, ['publish', ...url, ...args], {env})).stdout, 'published to a/b\n');
  const json = '{"b":1, "a":12345678901234567890}';
  await publish('a/b', json);
  assert.equal(await cable.nextText(), `{"identifier":${JSON.stringify(identifier)},"message":${json}}`);
  await publish('a/b', 'plain "text" ü');
  assert.equal((await cable.next()).message, 'plain "text" ü');
  await publish('a/b', '1', '--exclude-socket', other.sid, '--type', 'note');
  assert.deepEqual(await cable.next(), {type: 'note', identifier, message: 1});
  await other.next();
  await other.next();
  await other.expectQuiet();
  assert.equal((await ctl(t, ['publish', ...url, '--key', derived('broadcast-cable'), 'a/b', '2'])).code, 0);
});

test('the API is given its own key, of the option, a variable or the secret', async (t) => {
  const derives = await startDaemon(t, ['--secret', 's3cret']);
  const publish = (daemon, args) => ['publish', '--url', `${daemon.url}/api/publish`, ...args, 's', '1'];
  const takes = async (daemon, args, env) => assert.equal(
    (await ctl(t, publish(daemon, args), {env})).stdout, 'published to s\n');
  await takes(derives, [], {ABILITY_SECRET: 's3cret'});
  await takes(derives, [], {ABILITY_SECRET: 's3cret', ABILITY_BROADCAST_KEY: 'of another path'});
  await takes(derives, ['--key', derived('api-cable')], {});
  await ctlFails(t, publish(derives, []), /401.*set ABILITY_API_SECRET or ABILITY_SECRET/);
  const own = await startDaemon(t, ['--api-secret', 'k', '--broadcast-key', 'b']);
  await takes(own, [], {ABILITY_API_SECRET: 'k', ABILITY_SECRET: 's3cret'});
  await ctlFails(t, publish(own, []), /401/, {env: {ABILITY_BROADCAST_KEY: 'b'}});
  assert.equal((await ctl(t, ['publish', '--url', `${own.url}/_broadcast`, 's', '1'], {env: {ABILITY_BROADCAST_KEY: 'b'}})).code, 0);
});

test('the place of a publication in the log of its stream is printed', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  const publish = async (...args) => (await ctl(t, ['publish', '--url', `${daemon.url}/_broadcast`, 's', ...args])).stdout;
  const first = await publish('1', '--id', 'a');
  assert.match(first, /^published to s at [0-9a-f]{16}\/1\n$/);
  assert.equal(await publish('1', '--id', 'a'), first, 'a repetition');
  assert.equal(await publish('2'), first.replace('/1', '/2'));
});

test('what is refused, or reaches nobody, is an error that says why', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 's3cret']);
  const url = `${daemon.url}/_broadcast`;
  await ctlFails(t, ['publish', '--url', url, 's', '1'], /401.*ABILITY_BROADCAST_KEY or ABILITY_SECRET/);
  await ctlFails(t, ['publish', '--url', url, '--key', 's3cret', 's', '1'], /401/);
  await ctlFails(t, ['publish', '--url', `${daemon.url}/nowhere`, 's', '1'],
    /404 not found: publications are posted to \/_broadcast; check --url.*--http-broadcast-port/);
  await ctlFails(t, ['publish', '--url', `${daemon.url}/health`, 's', '1'], /405 .*; check --url.*--http-broadcast-path/);
  await ctlFails(t, ['publish', '--url', `http://127.0.0.1:${await freePort()}/_broadcast`, 's', '1'], /cannot be reached: .*refused/i);
  await ctlFails(t, ['publish', '--url', 'ws://localhost/cable', 's', '1'], /http:\/\/ or https:\/\//);
  await ctlFails(t, ['publish', '--url', url.replace('http:', 'https:'), 's', '1'], /wrong version number.*begin the URL with http:\/\//);
});
