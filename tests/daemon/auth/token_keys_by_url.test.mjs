// Labels: hardened
// A JWK Set by URL: fetched, kept, fetched again when a token names a key that is not there.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import {test} from 'node:test';
import {connectCable, openCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {defer} from '../support/cleanup.mjs';
import {runDaemon, startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {ec, fileOf, jwt} from '../support/tokens.mjs';

const ext = '{"user":"1"}';
const jid = (token) => ({path: `/cable?jid=${encodeURIComponent(token)}`});

function named(kid) {
  const {publicKey, privateKey} = ec();
  return {
    jwk: {...publicKey.export({format: 'jwk'}), kid, alg: 'ES256', use: 'sig'},
    token: jwt({ext}, privateKey, {alg: 'ES256', header: {kid}}),
  };
}

/** Who has the keys. `answer` is what is answered, `asked` how often it was asked for. */
async function keyServer(t, keys, tls) {
  const server = {asked: 0, keys, answer: undefined};
  const handler = (request, response) => {
    server.asked += 1;
    server.request = request;
    if (server.answer) server.answer(response);
    else response.end(JSON.stringify({keys: server.keys}));
  };
  const listener = tls ? https.createServer(tls, handler) : http.createServer(handler);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  defer(t, () => { listener.close(); listener.closeAllConnections(); });
  server.url = `${tls ? 'https://localhost' : 'http://127.0.0.1'}:${listener.address().port}/keys.json?p=a`;
  return server;
}

async function refusal(t, daemon, token) {
  const cable = await openCable(t, daemon, jid(token));
  const message = await cable.next('the refusal').catch(() => undefined);
  return {message, close: await cable.waitForClose()};
}

test('the keys are fetched, over TLS that is verified', async (t) => {
  const made = makeCertificate(t);
  const tls = {cert: made.pem, key: readFileSync(made.key)};
  const key = named('a');
  const server = await keyServer(t, [key.jwk], tls);
  const env = {SSL_CERT_FILE: made.certificate};
  const daemon = await startDaemon(t, ['--jwt-jwks', server.url], {env});
  await connectCable(t, daemon, jid(key.token));
  assert.equal(server.request.url, '/keys.json?p=a');
  assert.equal(server.request.headers.host, new URL(server.url).host);
  assert.equal(await daemon.metric('ability_token_key_fetches_total'), 1);

  const stranger = await startDaemon(t, ['--jwt-jwks', server.url]);
  await stranger.waitForLog(/token keys could not be fetched.*certificate verify failed/);
  assert.equal((await refusal(t, stranger, key.token)).close.code, 1011, 'who cannot be judged is told to come back');
});

test('a token of a key that has just come is taken, and who makes keys up causes few requests', async (t) => {
  const [first, second] = [named('a'), named('b')];
  const server = await keyServer(t, [first.jwk]);
  const begin = performance.now();
  const most = () => 1 + Math.floor((performance.now() - begin) / 10_000);
  const daemon = await startDaemon(t, ['--jwt-jwks', server.url]);
  await connectCable(t, daemon, jid(first.token));
  for (let tried = 0; tried < 50; tried += 1) {
    assert.equal((await refusal(t, daemon, named(`made up ${tried}`).token)).message.reason, 'unauthorized');
  }
  assert.ok(server.asked <= most(), `${server.asked} requests`);
  server.keys = [first.jwk, second.jwk];
  await eventually('the new key to be taken', async () => {
    const cable = await openCable(t, daemon, jid(second.token));
    return (await cable.next()).type === 'welcome';
  }, {ms: 30_000, every: 500});
  assert.ok(server.asked <= most(), `${server.asked} requests`);
});

test('they are fetched again by themselves, and stay if that fails', async (t) => {
  const [first, second] = [named('a'), named('b')];
  const server = await keyServer(t, [first.jwk]);
  const daemon = await startDaemon(t, ['--jwt-jwks', server.url, '--jwt-jwks-refresh', '1s']);
  await eventually('a second fetch', () => server.asked >= 2);
  server.answer = (response) => response.writeHead(500).end();
  assert.match(await daemon.waitForLog(/token keys could not be fetched/), /reason="status 500".*next_try_ms=10000/);
  await connectCable(t, daemon, jid(first.token));
  server.answer = undefined;
  server.keys = [second.jwk];
  await eventually('the other key', async () => {
    const cable = await openCable(t, daemon, jid(second.token));
    return (await cable.next()).type === 'welcome';
  }, {ms: 30_000, every: 500});
  assert.equal((await refusal(t, daemon, first.token)).message.reason, 'unauthorized');
});

for (const [what, answer, told] of [
  ['a redirection', (response) => response.writeHead(302, {location: '/elsewhere'}).end(), /status 302, and redirections are not followed/],
  ['no JSON', (response) => response.end('no keys'), /JSON/],
  ['no keys', (response) => response.end('{"keys":[]}'), /keys/],
  ['more than 256 KiB', (response) => response.end('x'.repeat(300_000)), /over 262144 bytes/],
  ['half of it', (response) => { response.writeHead(200, {'content-length': 100}); response.write('{'); response.socket.end(); }, /reading the answer/],
  ['nothing, for ever', () => {}, /longer than 5 s/],
]) {
  test(`a server that answers ${what} is told of, and clients come back later`, async (t) => {
    const key = named('a');
    const server = await keyServer(t, [key.jwk]);
    server.answer = answer;
    const daemon = await startDaemon(t, ['--jwt-jwks', server.url]);
    assert.match(await daemon.waitForLog(/token keys could not be fetched/), told);
    assert.equal((await refusal(t, daemon, key.token)).close.code, 1011);
    assert.equal(await daemon.metric('ability_token_key_fetch_failures_total'), 1);
  });
}

test('keys of a file and of a URL are exchanged by SIGHUP', async (t) => {
  const [first, second] = [named('a'), named('b')];
  const server = await keyServer(t, [second.jwk]);
  const file = fileOf(t, `jwt_jwks = "${fileOf(t, {keys: [first.jwk]}, 'keys.json')}"\n`, 'abilityd.toml');
  const daemon = await startDaemon(t, ['--config-path', file]);
  await connectCable(t, daemon, jid(first.token));
  writeFileSync(file, `jwt_jwks = "${server.url}"\n`);
  daemon.signal('SIGHUP');
  await daemon.waitForLog(/loaded again changed=jwt_jwks/);
  await connectCable(t, daemon, jid(second.token));
  assert.equal((await refusal(t, daemon, first.token)).message.reason, 'unauthorized');
});

test('a URL that anybody on the way could answer for is refused', async () => {
  const {code, stderr} = await runDaemon(['--jwt-jwks', 'http://id.example/keys']);
  assert.equal(code, 2);
  assert.match(stderr, /http:\/\/ leads to a loopback address/);
});
