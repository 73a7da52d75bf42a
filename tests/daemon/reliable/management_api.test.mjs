// The API of programs: publications with AnyCable's path and key, and the log of a stream.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {test} from 'node:test';
import {gzipSync} from 'node:zlib';
import {connectCable} from '../support/cable.mjs';
import {clusterSecret} from '../support/cluster.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually} from '../support/deadline.mjs';
import {connectExtended, logged, publishNumbers} from '../support/history.mjs';
import {request} from '../support/http.mjs';
import {freePort} from '../support/ports.mjs';
import {connectRaw} from '../support/raw.mjs';

const bearer = (secret, purpose) => ({authorization: `Bearer ${createHmac('sha256', secret).update(purpose).digest('hex')}`});

const publish = (daemon, body, headers = {}) => request(`${daemon.url}/api/publish`, {
  method: 'POST', headers, body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)});

const history = (daemon, stream, query = '', headers = {}) => (
  request(`${daemon.url}/api/streams/${encodeURIComponent(stream)}/history${query}`, {headers}));

/** The log, which can be told. */
async function listed(daemon, stream, query) {
  const answer = await history(daemon, stream, query);
  assert.equal(answer.status, 200, answer.body);
  assert.match(answer.headers['content-type'], /^application\/json/);
  return JSON.parse(answer.body);
}

const offsets = ({messages}) => messages.map(({offset}) => offset);

const counted = async (daemon, outcome) => (await daemon.metrics()).samples.get(`ability_history_answers_total{outcome="${outcome}"}`);

test('a publication of the API reaches followers, with the key of the API and no other', async (t) => {
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--noauth', '--public-streams']);
  const key = bearer('s3cret', 'api-cable');
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  for (const [body, headers, heard] of [
    [{stream: 's', data: '{"x": 1.50}'}, {}, [{x: 1.5}]],
    [[{stream: 's', data: 'plain'}, {stream: 's', data: [2]}], {}, ['plain', [2]]],
    [gzipSync('{"stream":"s","data":3}'), {'content-encoding': 'gzip'}, [3]],
  ]) {
    const answer = await publish(daemon, body, {...key, ...headers});
    assert.deepEqual([answer.status, answer.body], [201, '']);
    for (const message of heard) assert.deepEqual((await cable.next()).message, message);
  }
  for (const headers of [{}, bearer('s3cret', 'broadcast-cable'), {authorization: 'Bearer s3cret'}]) {
    const refused = await publish(daemon, {stream: 's', data: 4}, headers);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers['www-authenticate'], 'Bearer');
    assert.match(refused.body, /abilityctl key api/);
  }
  assert.equal((await daemon.post({stream: 's', data: 4}, {headers: key})).status, 401, 'nor is it the key of publishers');
  const {samples} = await daemon.metrics();
  assert.equal(samples.get('ability_refused_api_calls_total{reason="key"}'), 3);
  assert.equal(samples.get('ability_refused_publications_total{reason="key"}'), 1);
  await cable.expectQuiet();
});

test('a publication of the API is refused as others are', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--max-broadcast-size', '1000']);
  for (const [body, headers, status] of [
    ['no JSON', {}, 422], ['[]', {}, 422], [{stream: '', data: 1}, {}, 422], [{stream: 's'}, {}, 422],
    ['x'.repeat(1_001), {}, 413], [gzipSync('x'.repeat(1_001)), {'content-encoding': 'gzip'}, 413],
    ['{}', {'content-encoding': 'gzip'}, 400], ['{}', {'content-encoding': 'br'}, 415],
  ]) {
    const there = await publish(daemon, body, headers);
    const usual = await daemon.post(body, {headers});
    assert.deepEqual([there.status, there.body], [status, usual.body]);
    assert.equal(usual.status, status);
  }
  const get = await request(`${daemon.url}/api/publish`);
  assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
  assert.equal(await daemon.metric('ability_broadcast_msg_total'), 0);
});

test('an order to disconnect an identity comes by the API, too', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const answer = await publish(daemon, {command: 'disconnect', payload: {identifier: '{"user":1}'}});
  assert.equal(answer.status, 201);
  assert.equal((await publish(daemon, {command: 'disconnect', payload: {}})).status, 422);
});

test('the log of a stream is read at once, and by parts', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '5']);
  const begin = Date.now();
  const {epoch} = await logged(t, daemon, 'chat/1 ü', 7);
  const all = await listed(daemon, 'chat/1 ü');
  assert.deepEqual({...all, messages: offsets(all)}, {epoch, first: 3, last: 7, messages: [3, 4, 5, 6, 7]});
  for (const {offset, time, data, ...rest} of all.messages) {
    assert.equal(data, offset);
    assert.ok(time >= begin - 1 && time <= Date.now() + 1, `${time}`);
    assert.deepEqual(rest, {});
  }
  assert.deepEqual(offsets(await listed(daemon, 'chat/1 ü', '?limit=2')), [6, 7]);
  let from = 2;
  const read = [];
  while (from < 7) {
    const part = await listed(daemon, 'chat/1 ü', `?limit=2&since=${epoch}/${from}`);
    read.push(...offsets(part));
    from = part.messages.at(-1).offset;
  }
  assert.deepEqual(read, [3, 4, 5, 6, 7]);
  assert.deepEqual(offsets(await listed(daemon, 'chat/1 ü', `?since=${epoch}%2F7`)), []);
  assert.equal(await counted(daemon, 'answered'), 6);
  const head = await request(`${daemon.url}/api/streams/chat/1%20%C3%BC/history`, {method: 'HEAD'});
  assert.deepEqual([head.status, head.body], [200, '']);
});

test('data is told byte for byte, with its type, and without the sid that it excludes', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory']);
  await daemon.publish('s', '{ "b":1, "a":12345678901234567890}', {meta: {exclude_socket: 'a-sid', broadcast_type: 'event'}});
  await daemon.publish('s', 'no "JSON"');
  await daemon.publish('s', '"gone"', {meta: {transient: true}});
  const {body} = await history(daemon, 's');
  assert.match(body, /^\{"epoch":"[0-9a-f]{16}","first":1,"last":2,"messages":\[\{"offset":1,"time":\d+,"data":\{ "b":1, "a":12345678901234567890\},"type":"event"\},\{"offset":2,"time":\d+,"data":"no \\"JSON\\""\}\]\}$/);
});

test('what cannot be told is refused with its reason, and counted', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--history-limit', '2', '--history-streams', 'typing/*:off']);
  const {epoch} = await logged(t, daemon, 's', 5);
  await (await connectExtended(t, daemon)).subscribe('typing/1');
  for (const [stream, query, status, reason, outcome] of [
    ['s', `?since=${epoch}/2`, 410, /no longer kept/, 'too_old'],
    ['s', `?since=${epoch}/6`, 410, /ahead of the log/, 'ahead'],
    ['s', '?since=0123456789abcdef/5', 410, /another epoch/, 'other_epoch'],
    ['typing/1', '', 404, /keeps no log.*--history-streams/, 'no_log'],
    ['never', '', 404, /keeps no log/, 'no_log'],
  ]) {
    const before = await counted(daemon, outcome);
    const refused = await history(daemon, stream, query);
    assert.equal(refused.status, status, refused.body);
    assert.match(refused.body, reason);
    assert.equal(await counted(daemon, outcome), before + 1, outcome);
  }
  for (const query of ['?limit=0', '?limit=1001', '?limit=x', '?limit=-1', '?since=5', `?since=${epoch}`, `?since=${epoch}/x`, '?since=%00']) {
    assert.equal((await history(daemon, 's', query)).status, 400, query);
  }
  const post = await request(`${daemon.url}/api/streams/s/history`, {method: 'POST', body: '{}'});
  assert.deepEqual([post.status, post.headers.allow], [405, 'GET, HEAD']);
});

test('without a log of the node there is no history to ask for', async (t) => {
  for (const args of [['--broker', 'none'], ['--cluster-listen', '127.0.0.1:0', '--cluster-secret', clusterSecret]]) {
    const daemon = await startDaemon(t, ['--public', ...args]);
    const refused = await history(daemon, 's');
    assert.deepEqual([refused.status, refused.body], [501, 'no history is kept: the broker is none\n']);
    assert.equal((await publish(daemon, {stream: 's', data: 1})).status, 201);
  }
});

test('the log has the key of the API, and is at the port of publications', async (t) => {
  const port = await freePort();
  const daemon = await startDaemon(t, ['--secret', 's3cret', '--noauth', '--public-streams', '--broker', 'memory',
    '--http-broadcast-port', String(port), '--api-path', '/x']);
  const key = bearer('s3cret', 'api-cable');
  const url = `http://127.0.0.1:${port}/x`;
  const published = await request(`${url}/publish`, {method: 'POST', headers: key, body: '{"stream":"s","data":1}'});
  assert.equal(published.status, 201);
  assert.equal((await request(`${url}/streams/s/history`)).status, 401);
  const answer = await request(`${url}/streams/s/history`, {headers: key});
  assert.deepEqual(offsets(JSON.parse(answer.body)), [1]);
  for (const path of ['/x/streams/s/history', '/x/publish', '/api/streams/s/history']) {
    assert.equal((await request(`${daemon.url}${path}`, {headers: key})).status, 404, path);
  }
});

test('what was accepted is in the log that is read next', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--lanes', '2']);
  for (let n = 1; n <= 50; n += 1) {
    const stream = `s/${n}`;
    await publishNumbers(daemon, stream, 1, 3);
    assert.deepEqual(offsets(await listed(daemon, stream)), [1, 2, 3], stream);
  }
});

test('long answers that are not read take no more than they may together', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--broker', 'memory', '--max-broadcast-size', '16mb', '--history-max-size', '64mb',
    '--max-unfinished-size', '20mb']);
  await daemon.publish('s', JSON.stringify('x'.repeat(8_000_000)));
  const lazy = await Promise.all([1, 2].map(() => connectRaw(t, daemon.port)));
  for (const {socket} of lazy) {
    socket.pause();
    socket.write('GET /api/streams/s/history HTTP/1.1\r\nHost: localhost\r\n\r\n');
  }
  const refused = await eventually('an answer that is refused', async () => {
    const answer = await history(daemon, 's');
    return answer.status === 503 && answer;
  });
  assert.equal(refused.headers['retry-after'], '1');
  assert.match(refused.body, /^too many long answers/);
  await daemon.publish('short', '1');
  assert.equal((await history(daemon, 'short')).status, 200, 'a short one needs no room');
  assert.ok((await daemon.metrics()).samples.get('ability_limit_hits_total{limit="unfinished_size"}') > 0);
  for (const each of lazy) each.socket.destroy();
  await eventually('an answer that is given', async () => (await history(daemon, 's')).status === 200);
});
