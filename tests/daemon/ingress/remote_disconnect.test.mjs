import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';

const order = (identifier, rest = {}) => ({command: 'disconnect', payload: {identifier, ...rest}});
const identityOf = (cable) => JSON.stringify({sid: cable.sid});

for (const [payload, reconnect] of [[{reconnect: false}, false], [{reconnect: true}, true], [{}, true], [{reconnect: null}, true]]) {
  test(`a remote disconnect with ${JSON.stringify(payload)} says reconnect: ${reconnect}, and closes`, async (t) => {
    const daemon = await startDaemon(t, ['--public']);
    const cable = await connectCable(t, daemon);
    const other = await connectCable(t, daemon);
    await cable.subscribe('s');
    await other.subscribe('s');
    assert.equal((await daemon.post(order(identityOf(cable), payload))).status, 201);
    assert.deepEqual(await cable.next(), {type: 'disconnect', reason: 'remote', reconnect});
    const {code} = await cable.waitForClose();
    assert.ok(code === 1000 || code === 1001, `closed with ${code}`);
    await daemon.waitForMetric('ability_clients_num', 1);
    await daemon.publish('s', '1');
    assert.equal((await other.next()).message, 1);
    await other.expectQuiet();
    assert.equal(await daemon.metric('ability_remote_commands_total'), 1);
  });
}

test('whoever it is, and whichever lane serves it, is found', async (t) => {
  const daemon = await startDaemon(t, ['--public', '--lanes', '2']);
  const cables = [];
  for (let made = 0; made < 20; made += 1) cables.push(await connectCable(t, daemon));
  while (cables.length > 0) {
    const cable = cables.splice((cables.length * 7) % 5 % cables.length, 1)[0];
    assert.equal((await daemon.post(order(identityOf(cable), {reconnect: false}))).status, 201);
    assert.equal((await cable.next()).reason, 'remote');
    await cable.waitForClose();
    for (const other of cables) await other.expectQuiet();
  }
});

test('an identity that nobody has closes nobody; it is compared byte for byte', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  const near = ['nobody', cable.sid, `{"sid": "${cable.sid}"}`, `${identityOf(cable)} `, identityOf(cable).toUpperCase()];
  for (const identifier of near) assert.equal((await daemon.post(order(identifier))).status, 201);
  await daemon.waitForMetric('ability_remote_commands_total', near.length);
  await cable.expectQuiet();
});

test('what was published before the order arrives before the farewell', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const cable = await connectCable(t, daemon);
  await cable.subscribe('s');
  await daemon.publish('s', '1');
  assert.equal((await cable.next()).message, 1);
  await daemon.post(order(identityOf(cable)));
  assert.equal((await cable.next()).type, 'disconnect');
  await cable.waitForClose();
  await daemon.waitForMetric('ability_broadcast_streams_num', 0);
});
