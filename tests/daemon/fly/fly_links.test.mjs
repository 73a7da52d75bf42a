// Labels: hardened
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {makeCertificate} from '../support/certificate.mjs';
import {eventually, patience} from '../support/deadline.mjs';
import {code, connectFly, errorBuffer, flag, greetFly, packet, startFly} from '../support/fly.mjs';
import {linkCommand, linkedTo, linkId, linkProof, muxFrame, startBackend, startGateway,
  waitForLinks} from '../support/fly_backend.mjs';

const secret = 'shared s3cret';

// -- how a link comes up --

test('each lane has a link of its own, on which the gateway says what it is', async (t) => {
  const backend = await startBackend(t);
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '3']);
  const links = [await backend.nextLink(), await backend.nextLink(), await backend.nextLink()];
  await waitForLinks(daemon, 3);
  assert.equal(new Set(links.map((link) => link.helo.nonce)).size, 3);
  for (const {helo, proof} of links) {
    assert.equal(helo.version, 1);
    assert.equal(helo.role, 'gateway');
    assert.ok(helo.nonce.length >= 16);
    for (const key of ['proof', 'token', 'headers', 'session', 'identity']) assert.equal(helo[key], undefined, key);
    assert.equal(proof, undefined, 'there is no secret to prove');
  }
  const used = new Set();
  for (let made = 0; made < 6; made += 1) {
    await greetFly(t, daemon);
    used.add((await backend.nextClient()).link);
  }
  assert.equal(used.size, 3, 'clients use the link of their lane');
  await daemon.waitForLog(/application reached/);
  assert.doesNotMatch(daemon.lines.join('\n'), /application not reached/, 'it was not looked for before a link was tried');
});

for (const [what, args, key] of [
  ['--fly-rpc-secret', ['--fly-rpc-secret', secret], secret],
  ['the one secret', ['--secret', 'open sesame', '--jwt-secret', 'none'],
    createHmac('sha256', 'open sesame').update('fly-rpc').digest('hex')],
]) {
  test(`both sides prove ${what} to each other`, async (t) => {
    const {backend, daemon} = await startGateway(t, {secret: key, commands: {1: (one) => one.buffer}}, ['--public',
      ...args]);
    const device = await greetFly(t, daemon);
    await device.expect({flag: flag.reply, sequence: device.rpc(1, 'x'), text: 'x'});
    assert.equal(backend.refused.size, 0);
  });
}

const answered = (fields) => ({nonce}, link) => [packet(flag.heloAnswer, {buffer: JSON.stringify(
  {version: 1, serializer: 'json', role: 'backend', nonce: link.nonce, ...fields(nonce, link)})})];

// What answers at the other end of the link, and what the log says of it.
const impostors = {
  'with another secret': [{secret: 'another'}, /secret/],
  'without a secret': [{}, /secret/],
  'with the proof of a gateway': [{greet: answered((nonce, link) => ({proof: linkProof(secret, 'gateway', link.nonce,
    nonce)}))}, /secret/],
  'that hands back the nonce it got': [{greet: answered((nonce) => ({nonce, proof: linkProof(secret, 'gateway', nonce,
    nonce)}))}, /secret/],
  'with an old proof': [{greet: answered((nonce, link) => ({proof: linkProof(secret, 'backend', link.nonce,
    'an old nonce')}))}, /secret/],
  'of another role': [{greet: answered(() => ({role: 'gateway'}))}, /no backend/],
  'of another version': [{greet: answered(() => ({version: 2}))}, /version/],
  'whose Helo is no JSON': [{greet: () => [packet(flag.heloAnswer, {buffer: 'no JSON'})]}, /Helo/],
  'that refuses': [{greet: () => [packet(flag.heloError, {buffer: errorBuffer(code.forbidden, 'no gateways today')})]},
    /no gateways today/],
  'that asks by itself': [{greet: () => [packet(flag.helo, {buffer: '{}'})]}, /no FlyRPC backend/],
  'that answers with a pong': [{greet: () => [packet(flag.pong)]}, /no FlyRPC backend/],
  'that speaks HTTP': [{greet: () => [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(1_000))]},
    /no FlyRPC backend/],
  'that hangs up': [{greet: (_, link) => {
    link.socket.destroy();
    return [];
  }}, /closed|reset/],
  'that says nothing': [{greet: () => []}, /too long/],
  'that refuses the proof': [{secret, accept: () => [packet(flag.heloError, {buffer: errorBuffer(code.forbidden,
    'not this gateway')})]}, /not this gateway/],
  'that never takes the gateway in': [{secret, accept: () => []}, /too long/],
  'that hangs up on the proof': [{secret, accept: (link) => {
    link.socket.destroy();
    return [];
  }}, /closed|reset/],
  'that takes the gateway in without being asked': [{greet: answered(() => ({proof: '', nonce: ''}))}, /secret/],
};

test('links to what is no backend do not come up, and the log says why', async (t) => {
  await Promise.all(Object.entries(impostors).map(async ([what, [options, reason]]) => {
    const backend = await startBackend(t, options);
    const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1', '--fly-rpc-secret', secret]);
    const line = await daemon.waitForLog(/backend not reached/);
    assert.match(line, reason, what);
    assert.ok(line.includes(backend.address), line);
    const client = await connectFly(t, daemon);
    client.send(flag.helo, {sequence: 7, buffer: '{}'});
    await client.expectEnd(code.closing, 'no backend can be reached', {sequence: 7});
    const silent = await connectFly(t, daemon, {over: 'websocket'});
    silent.rpc(1);
    await silent.expectEnd(code.closing, 'no backend can be reached');
    const browser = await connectCable(t, daemon);
    await browser.subscribe('s');
    assert.equal(await daemon.metric('ability_backend_links_num'), 0);
    await daemon.stop();
    const log = daemon.lines.join('\n');
    for (const hidden of [secret, linkProof(secret, 'backend', 'x', 'y')]) assert.ok(!log.includes(hidden));
    assert.equal(daemon.lines.filter((each) => /backend not reached/.test(each)).length, 1,
      'said once, not with each dial');
  }));
});

test('nobody listens: clients are told so; once somebody does, they are served', async (t) => {
  const backend = await startBackend(t, {commands: {1: (one) => one.buffer}});
  await backend.stop();
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1']);
  assert.match(await daemon.waitForLog(/backend not reached/), /connect/);
  const early = await connectFly(t, daemon);
  early.send(flag.helo, {buffer: '{}'});
  await early.expectEnd(code.closing, 'no backend can be reached');
  await backend.start();
  await backend.nextLink();
  await waitForLinks(daemon, 1);
  const device = await greetFly(t, daemon);
  await device.expect({flag: flag.reply, sequence: device.rpc(1, 'x'), text: 'x'});
});

const gaps = (dials) => dials.slice(1).map((at, index) => at - dials[index]);

test('dials come less and less often, and quickly again after the link was of use', async (t) => {
  let refuses = true;
  const backend = await startBackend(t, {commands: {1: (one) => one.buffer}});
  const {greet} = backend;
  backend.greet = function greetOrNot(helo, link) {
    if (!refuses) return greet.call(this, helo, link);
    link.socket.destroy();
    return [];
  };
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1']);
  await eventually('five dials', () => backend.dials.length >= 5);
  const waited = gaps(backend.dials);
  assert.ok(waited[0] < waited[3] && waited[3] > 350, `dials after ${waited.map(Math.round)} ms`);
  refuses = false;
  const link = await backend.nextLink();
  await waitForLinks(daemon, 1);
  const device = await greetFly(t, daemon);
  await device.expect({flag: flag.reply, sequence: device.rpc(1, 'x'), text: 'x'});
  const lost = performance.now();
  link.socket.destroy();
  await backend.nextLink();
  const waitedNow = backend.dials.at(-1) - lost;
  assert.ok(waitedNow < 1_000, `dialled after ${Math.round(waitedNow)} ms`);
  await daemon.waitForLog(/backend link lost/);
});

test('a backend that takes the link and then hangs up is dialled less and less often', async (t) => {
  const backend = await startBackend(t);
  const {accept} = backend;
  backend.accept = function acceptAndHangUp(link) {
    const answer = accept.call(this, link);
    setImmediate(() => link.socket.end());
    return answer;
  };
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1']);
  await eventually('six dials', () => backend.dials.length >= 6, {ms: patience * 2});
  const waited = gaps(backend.dials);
  assert.ok(waited[4] > 750, `dials after ${waited.map(Math.round)} ms`);
  assert.ok(daemon.lines.filter((line) => /backend link up/.test(line)).length >= 5, 'each time the link was up');
});

test('a gateway without the secret is refused, says why once, and comes less and less often', async (t) => {
  const backend = await startBackend(t, {secret});
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1']);
  assert.match(await daemon.waitForLog(/backend not reached/), /wrong proof/);
  const client = await connectFly(t, daemon);
  client.send(flag.helo, {buffer: '{}'});
  await client.expectEnd(code.closing, 'no backend can be reached');
  await eventually('five dials', () => backend.dials.length >= 5);
  const waited = gaps(backend.dials);
  assert.ok(waited[3] > 350, `dials after ${waited.map(Math.round)} ms`);
  assert.equal(daemon.lines.filter((line) => /backend/.test(line)).length, 1, daemon.tail);
});

test('a greeting may come in pieces, and the first frames right behind it', async (t) => {
  const backend = await startBackend(t);
  const {greet, accept} = backend;
  const bytewise = (buffers) => Array.from(Buffer.concat(buffers), (byte) => Buffer.from([byte]));
  backend.greet = function greetSlowly(...args) {
    return bytewise(greet.apply(this, args));
  };
  const publication = packet(flag.ackCall, {command: linkCommand.publish, sequence: 1,
    buffer: '{"stream":"s","data":"1"}'});
  backend.accept = function acceptSlowly() {
    return bytewise([...accept.call(this), muxFrame([linkId], publication)]);
  };
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '1']);
  const link = await backend.nextLink();
  await link.expect({flag: flag.reply, command: linkCommand.publish, sequence: 1, text: ''});
  await waitForLinks(daemon, 1);
  // All in one piece.
  backend.greet = greet;
  backend.accept = function acceptAtOnce() {
    return [Buffer.concat([...accept.call(this), muxFrame([linkId], publication)])];
  };
  link.socket.destroy();
  await (await backend.nextLink()).expect({flag: flag.reply, command: linkCommand.publish, sequence: 1, text: ''});
});

test('links by TLS', async (t) => {
  const {certificate, key} = makeCertificate(t);
  const files = {cert: readFileSync(certificate), key: readFileSync(key)};
  const backend = await startBackend(t, {tls: files, secret, commands: {1: (one) => one.buffer}});
  const daemon = await startFly(t, ['--rpc-host', `flys://localhost:${backend.port}`, '--rpc-tls-root-ca', certificate,
    '--public',
    '--lanes', '1', '--fly-rpc-secret', secret]);
  await waitForLinks(daemon, 1);
  const device = await greetFly(t, daemon);
  const large = 'x'.repeat(65_535);
  await device.expect({flag: flag.reply, sequence: device.rpc(1, large), text: large});
  const strict = await startFly(t, ['--rpc-host', `flys://localhost:${backend.port}`, '--public', '--lanes', '1',
    '--fly-rpc-secret', secret]);
  assert.match(await strict.waitForLog(/backend not reached/), /certificate/i);
  // Another way to write the address, which the certificate does not have.
  const wrongName = await startFly(t, ['--rpc-host', `flys://127.1:${backend.port}`, '--rpc-tls-root-ca', certificate,
    '--public',
    '--lanes', '1', '--fly-rpc-secret', secret]);
  assert.match(await wrongName.waitForLog(/backend not reached/), /certificate|name/i);
  assert.equal(await wrongName.metric('ability_backend_links_num'), 0);
});

// -- how a link ends --

test('when a backend is killed in the middle of calls, its clients are told, and nobody else', async (t) => {
  const {backend, daemon} = await startGateway(t);
  const devices = [await greetFly(t, daemon), await greetFly(t, daemon, {over: 'websocket'})];
  const browser = await connectCable(t, daemon);
  await browser.subscribe('s');
  for (const device of devices) {
    await device.subscribe(1, 's');
    const client = await backend.nextClient();
    device.rpc(1, 'never answered');
    await client.expect({flag: flag.call});
  }
  await backend.stop();
  for (const device of devices) await device.expectEnd(code.closing, 'the link to the backend is lost');
  await daemon.waitForLog(/backend link lost/);
  await waitForLinks(daemon, 0);
  await daemon.waitForMetric('ability_clients_num', 1);
  await daemon.publish('s', '1');
  assert.equal((await browser.next()).message, 1);
  await backend.start();
  await waitForLinks(daemon, 1);
  const back = await greetFly(t, daemon);
  await backend.nextClient();
  await back.subscribe(1, 's');
  await daemon.publish('s', '2');
  assert.equal(await back.hear(1), '2');
  assert.equal((await browser.next()).message, 2);
});

test('a link that ends in the middle of a frame is like any other that ends', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const device = await greetFly(t, daemon);
  const client = await backend.nextClient();
  link.write(muxFrame([client.id], packet(flag.call, {command: 1, buffer: 'x'.repeat(100)})).subarray(0, 50));
  link.socket.end();
  await device.expectEnd(code.closing, 'the link to the backend is lost');
  await backend.nextLink();
});

test('when the gateway is killed the backend sees the end of its links', async (t) => {
  const backend = await startBackend(t);
  const daemon = await startFly(t, [...linkedTo(backend), '--public', '--lanes', '2']);
  const links = [await backend.nextLink(), await backend.nextLink()];
  await waitForLinks(daemon, 2);
  await greetFly(t, daemon);
  await backend.nextClient();
  await daemon.crash();
  for (const link of links) await link.waitForClose();
  daemon.end = {code: 0, signal: null};
});

test('at SIGTERM clients are told to come back, the backend sees them leave, and then the end', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const device = await greetFly(t, daemon);
  const client = await backend.nextClient();
  daemon.signal('SIGTERM');
  await device.expectEnd(code.closing, 'server_restart');
  await client.waitForClose();
  await link.waitForClose();
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
});

test('a backend that hangs does not keep the gateway from ending', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const device = await greetFly(t, daemon);
  await backend.nextClient();
  link.socket.pause();
  for (let sent = 0; sent < 300; sent += 1) device.rpc(1, 'x'.repeat(60_000));
  daemon.signal('SIGTERM');
  await device.expectEnd(code.closing, 'server_restart');
  assert.deepEqual(await daemon.waitForExit({ms: patience / 2}), {code: 0, signal: null});
});

test('a backend may close the link by id 0', async (t) => {
  const {backend, daemon, link} = await startGateway(t);
  const device = await greetFly(t, daemon);
  await backend.nextClient();
  link.frame([linkId]);
  await device.expectEnd(code.closing, 'the link to the backend is lost');
  await link.waitForClose();
  await backend.nextLink();
  await greetFly(t, daemon);
});
