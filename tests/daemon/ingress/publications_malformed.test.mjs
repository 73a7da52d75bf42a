import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';

// A body, and what the answer has to name.
const malformed = [
  ['', /./],
  ['hello', /./],
  ['{"stream":"s","data":"1"', /./],
  ['{"stream":"s","data":"1"} {}', /./],
  ['{"stream":"s","data":"\u0001"}', /./],
  [Buffer.from('7b2273747265616d223a2273222c2264617461223a22ff227d', 'hex'), /./],
  ['null', /object/],
  ['7', /object/],
  ['"stream"', /object/],
  ['{}', /stream/],
  ['{"data":"1"}', /stream/],
  ['{"stream":"s"}', /data/],
  ['{"stream":"","data":"1"}', /stream/],
  ['{"stream":7,"data":"1"}', /stream/],
  ['{"stream":null,"data":"1"}', /stream/],
  ['{"stream":"s","data":{"a":1}', /./],
  ['{"stream":"s","data":tru}', /./],
  ['{"stream":"s","data":"1","meta":7}', /meta/],
  ['{"stream":"s","data":"1","meta":{"exclude_socket":7}}', /exclude_socket/],
  ['{"stream":"s","data":"1","meta":{"broadcast_type":[]}}', /broadcast_type/],
  ['[]', /batch/],
  ['[7]', /object/],
  ['{"command":"explode"}', /explode/],
  ['{"command":7}', /command/],
  ['{"command":"disconnect"}', /payload/],
  ['{"command":"disconnect","payload":"x"}', /payload/],
  ['{"command":"disconnect","payload":{}}', /identifier/],
  ['{"command":"disconnect","payload":{"identifier":7}}', /identifier/],
  ['{"command":"disconnect","payload":{"identifier":"{\\"sid\\":\\"x\\"}","reconnect":"no"}}', /reconnect/],
  ['['.repeat(100_000), /./],
  ['{"a":'.repeat(100_000), /./],
];

test('a malformed publication is answered 422 with the reason, and counted', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  for (const [body, reason] of malformed) {
    const shown = String(body).slice(0, 100);
    const answer = await daemon.post(body);
    assert.equal(answer.status, 422, shown);
    assert.match(answer.headers['content-type'], /^text\/plain/, shown);
    assert.match(answer.body, reason, shown);
  }
  await daemon.waitForMetric('ability_failed_broadcast_msg_total', malformed.length);
  assert.equal(await daemon.metric('ability_broadcast_msg_total'), 0);
  await cable.expectQuiet();
});

test('a batch is taken as a whole or not at all', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  const good = (data) => ({stream: 's', data});
  const bad = [{stream: 's'}, {data: '1'}, 7, null, [], {stream: 's', Data: 1}, {command: 'disconnect', payload: {identifier: 'x'}}];
  for (const wrong of bad) {
    for (const at of [0, 1, 2]) {
      const batch = [good('"a"'), good('"b"')];
      batch.splice(at, 0, wrong);
      const answer = await daemon.post(batch);
      assert.equal(answer.status, 422, JSON.stringify(batch));
      assert.match(answer.body, new RegExp(`\\b${at}\\b`), 'the answer says which one');
    }
  }
  await daemon.publish('s', '"after"');
  assert.equal((await cable.next()).message, 'after');
  await cable.expectQuiet();
});

test('the answer to garbage repeats little of it, and stays text', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const answer = await daemon.post({command: `<script>${'x'.repeat(5_000)}`});
  assert.equal(answer.status, 422);
  assert.ok(answer.body.length < 400, `${answer.body.length} bytes`);
  assert.match(answer.headers['content-type'], /^text\/plain/);
});
