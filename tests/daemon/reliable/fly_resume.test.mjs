// FlyRPC clients whose connections break all the time, or whose datagrams are lost, while messages flow: each client's list is
// 1, 2, 3 … to the last one, without a gap and without a repetition.
//
// By hand for longer: ABILITY_RESUME_SECONDS=1800 ABILITY_RESUME_SEED=7 node --test reliable/fly_resume.test.mjs
// Labels: hardened
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import {test} from 'node:test';
import {randomOf, startCuttingProxy} from '../support/cuts.mjs';
import {defer} from '../support/cleanup.mjs';
import {startDaemon} from '../support/daemon.mjs';
import {eventually, slack} from '../support/deadline.mjs';
import {blankCookie, connectFly, flag, flyPort, packet, unpack} from '../support/fly.mjs';
import {positioned} from '../support/fly_history.mjs';
import {keepAlive} from '../support/http.mjs';
import {startLossyProxy} from '../support/lossy.mjs';

const seconds = Number(process.env.ABILITY_RESUME_SECONDS ?? 5);
const seed = Number(process.env.ABILITY_RESUME_SEED ?? 1);
const pause = 8 * slack; // ms between two publications
const alias = 7;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What became of a stream at one client: the position that it has reached, and everything that is wrong. */
class Progress {
  last = 0;
  faults = [];
  missed = 0;
  restored = 0;
  returns = -1;

  /** The keys of its next Helo. */
  get helo() {
    return {positions: true, ...(this.sid && {resume: this.sid})};
  }

  greeted({session, restored}) {
    this.sid = session;
    this.returns += 1;
    this.restored += restored ? 1 : 0;
  }

  get request() {
    return JSON.stringify({subscribe: 's', ...(this.at && {since: this.at})});
  }

  confirmed({buffer}) {
    const {positions: [{epoch, offset}], history} = JSON.parse(buffer);
    this.missed += history === false ? 1 : 0;
    this.at ??= {epoch, offset};
  }

  /** Takes a message; false if others are missing before it. */
  take(one) {
    const {epoch, offset, text} = positioned(one);
    assert.equal(epoch, this.at.epoch);
    if (offset > this.at.offset + 1) return false;
    if (offset <= this.at.offset) {
      this.faults.push(`${offset} came again behind ${this.at.offset}`);
      return true;
    }
    const n = Number(text);
    if (n !== this.last + 1) this.faults.push(`${n} instead of ${this.last + 1}`);
    this.last = n;
    this.at = {epoch, offset};
    return true;
  }
}

/** A client over TCP or WebSocket that comes back after each break. */
class Follower extends Progress {
  constructor(t, {over, port, random}) {
    super();
    Object.assign(this, {over, port, random});
    defer(t, async () => {
      this.over = null;
      this.client?.destroy();
      await this.ended;
    });
    this.ended = this.#run();
  }

  async #run() {
    while (this.over) {
      await this.#follow().catch((error) => { this.why = error; });
      this.client?.destroy();
      if (this.over) await sleep(5 + 100 * this.random());
    }
  }

  async #follow() {
    const {over, port} = this;
    // It is destroyed by hand: there are many in one test.
    this.client = await connectFly({after() {}}, {url: `http://127.0.0.1:${port}`}, {over, port});
    this.greeted(await this.client.helo(this.helo));
    this.client.send(flag.subscribe, {command: alias, sequence: 1, buffer: this.request});
    for (;;) {
      const one = await this.client.next('a packet', {ms: 60_000});
      if (one.flag === flag.confirm) this.confirmed(one);
      else if (one.flag !== flag.message) throw new Error(`came: ${one.flag}`);
      else if (!this.take(one)) this.faults.push(`a gap before ${positioned(one).offset}, behind ${this.at.offset}`);
    }
  }
}

/** A client over UDP that asks again for whatever was lost, and now and then comes from another port. */
class UdpFollower extends Progress {
  #answered = true;

  constructor(t, {port, random, moves}) {
    super();
    Object.assign(this, {port, random, moves});
    this.#move();
    this.timer = setInterval(() => this.#tick(), 40 * slack);
    defer(t, () => {
      clearInterval(this.timer);
      this.socket.close();
    });
  }

  #move() {
    this.socket?.close();
    this.socket = dgram.createSocket({type: 'udp4', recvBufferSize: 4_000_000});
    this.socket.on('error', () => {});
    this.socket.on('message', (data) => this.#received(unpack(data)));
    this.said = {...this.helo, cookie: blankCookie};
    this.isIn = false;
    this.#sayHelo();
  }

  #send(flagByte, fields) {
    this.socket.send(packet(flagByte, fields), this.port, '127.0.0.1');
  }

  #sayHelo() {
    this.#send(flag.helo, {buffer: JSON.stringify(this.said)});
  }

  #ask() {
    this.#answered = false;
    this.#send(flag.subscribe, {command: alias, sequence: 1, buffer: this.request});
  }

  // Repeats packets that may be lost: the Helo, the Subscribe. In a pause of the messages it asks for the last ones.
  #tick() {
    if (this.moves && this.isIn && this.random() < 0.02) this.#move();
    else if (!this.isIn) this.#sayHelo();
    else if (!this.#answered || !this.heard) this.#ask();
    this.heard = false;
  }

  #received(one) {
    if (one.flag === flag.heloAnswer) {
      const answer = JSON.parse(one.buffer);
      if (answer.cookie) {
        if (this.said.cookie === blankCookie) this.said.cookie = answer.cookie;
        if (!this.isIn) this.#sayHelo();
      } else if (!this.isIn) {
        this.isIn = true;
        this.greeted(answer);
        this.#ask();
      }
    } else if (one.flag === flag.confirm) {
      this.#answered = true;
      this.confirmed(one);
    } else if (one.flag === flag.message && this.isIn && this.at) {
      this.heard = true;
      if (positioned(one).offset <= this.at.offset) return; // asked for, and come before
      if (!this.take(one) && this.#answered) this.#ask();
    }
  }
}

/** Messages flow while `rages(true)`; nobody misses anything, or gets anything twice. */
async function survives(t, daemon, all, rages) {
  const agent = keepAlive(t);
  const publish = (n) => daemon.publish('s', String(n), {agent});
  const arrived = (n) => eventually('the last message at all clients',
    () => all.every(({last, faults}) => last === n || faults.length > 0), {
      ms: 30_000 * slack,
      detail: () => JSON.stringify(all.filter(({last}) => last !== n).slice(0, 5).map(({last, at, why}) => [last, at, String(why)])),
    });
  await eventually('all subscriptions', () => all.every(({at}) => at));
  let n = 1;
  await publish(n);
  await arrived(n);
  rages(true);
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end && all.every(({faults}) => faults.length === 0)) {
    n += 1;
    await publish(n);
    await sleep(pause); // the rate of the publications
  }
  rages(false);
  n += 1;
  await publish(n);
  await arrived(n);
  assert.deepEqual(all.flatMap(({faults}, at) => faults.map((fault) => `client ${at}: ${fault}`)).slice(0, 10), [], `seed ${seed}`);
  assert.equal(all.reduce((sum, {missed}) => sum + missed, 0), 0, 'nobody is told that it has missed something');
  const sum = (what) => all.reduce((total, each) => total + each[what], 0);
  t.diagnostic(`${all.length} clients, ${n} messages, ${sum('returns')} returns, ${sum('restored')} of them with their session, `
    + `${await daemon.metric('ability_history_replayed_total')} replayed`);
  return {returns: sum('returns'), restored: sum('restored')};
}

const start = (t) => startDaemon(t, ['--public', '--fly-listen', 'tcp://127.0.0.1:0,udp://127.0.0.1:0', '--history-limit', '2000']);

for (const over of ['tcp', 'websocket']) {
  test(`clients over ${over} whose connections break lose nothing, and get nothing twice`, async (t) => {
    const daemon = await start(t);
    const random = randomOf(seed);
    const proxy = await startCuttingProxy(t, over === 'tcp' ? flyPort(daemon) : daemon.port, {mean: 800 * slack, random});
    const all = Array.from({length: 40}, () => new Follower(t, {over, port: proxy.port, random}));
    const {returns, restored} = await survives(t, daemon, all, (yes) => { proxy.cuts = yes; });
    assert.ok(returns >= all.length, `only ${returns} came back`);
    assert.ok(restored > 0, 'some came back to their sessions');
  });
}

for (const moves of [false, true]) {
  test(`clients over UDP ${moves ? 'that come from other ports ' : ''}lose a fifth of all datagrams, and no message`, async (t) => {
    const daemon = await start(t);
    const random = randomOf(seed);
    const proxy = await startLossyProxy(t, flyPort(daemon, 'udp'), {random});
    const all = Array.from({length: 20}, () => new UdpFollower(t, {port: proxy.port, random, moves}));
    const {returns, restored} = await survives(t, daemon, all, (yes) => { proxy.loss = yes ? 0.2 : 0; });
    assert.ok(proxy.lost > 100, `only ${proxy.lost} were lost`);
    if (moves) assert.ok(returns > 0 && restored > 0, `${returns} came from another port, ${restored} to their session`);
  });
}
