// A client protocol that lives in tests/third_protocol: one folder and one row of the table, served beside the others.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {connectCable, openCable} from '../support/cable.mjs';
import {startDaemon} from '../support/daemon.mjs';

const lines = {offered: ['lines']};

test('a third protocol follows streams over WebSocket', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const client = await openCable(t, daemon, lines);
  assert.equal(client.socket.protocol, 'lines');
  client.socket.send('+news');
  assert.equal(await client.nextText(), 'ok news');
  await daemon.publish('news', 'first');
  assert.equal(await client.nextText(), 'news: first');
  client.socket.send('-news');
  client.socket.send('neither');
  client.socket.send('+other');
  assert.equal(await client.nextText(), 'ok other');
  await daemon.publish('news', 'second');
  await daemon.publish('other', 'third');
  assert.equal(await client.nextText(), 'other: third');
});

test('it knows nothing of its neighbours, which are served as ever', async (t) => {
  const daemon = await startDaemon(t, ['--public']);
  const client = await openCable(t, daemon, lines);
  client.socket.send('+news');
  assert.equal(await client.nextText(), 'ok news');
  const cable = await connectCable(t, daemon);
  await cable.subscribe('news');
  await daemon.publish('news', 'to both');
  assert.equal(await client.nextText(), 'news: to both');
  assert.equal((await cable.next()).message, 'to both');
  daemon.signal('SIGTERM');
  assert.equal((await daemon.waitForExit()).code, 0);
  await client.closed;
});
