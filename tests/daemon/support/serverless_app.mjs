// An application by @anycable/serverless-js: somebody else's implementation of the other side.
import http from 'node:http';
import {register} from 'node:module';
import {defer} from './cleanup.mjs';
import {Inbox} from './inbox.mjs';

// Its files import each other as bundlers allow it; node wants every folder's index.js by name.
register(`data:text/javascript,${encodeURIComponent(`
  export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (error.code !== 'ERR_UNSUPPORTED_DIR_IMPORT') throw error;
      return next(specifier + '/index.js', context);
    }
  }
`)}`);

const {Application, Channel, Status, broadcaster, handler, identificator} = await import('@anycable/serverless-js');

/** Who has a token in the URL is whom it names; the others are not let in. */
class Cable extends Application {
  constructor(events, tokens) {
    super();
    this.events = events;
    this.tokens = tokens;
  }

  async connect(handle) {
    const token = new URL(handle.env.url).searchParams.get('token');
    if (!token) {
      handle.reject();
      return;
    }
    const identity = await this.tokens.verifyAndFetch(token);
    handle.identifiedBy(identity);
    this.events.push(['connect', identity.user]);
  }

  async disconnect(handle) {
    this.events.push(['disconnect', handle.identifiers.user]);
  }
}

class Room extends Channel {
  constructor(events, broadcast) {
    super();
    this.events = events;
    this.broadcast = broadcast;
  }

  async subscribed(handle, {id}) {
    if (!id) {
      handle.reject();
      return;
    }
    handle.streamFrom(`room:${id}`);
  }

  async unsubscribed(handle, {id}) {
    this.events.push(['unsubscribed', handle.identifiers.user, id]);
  }

  async speak(handle, {id}, {text}) {
    await this.broadcast(`room:${id}`, {from: handle.identifiers.user, text});
  }

  async count(handle) {
    handle.state = {count: (handle.state?.count ?? 0) + 1};
    handle.transmit(handle.state);
  }

  async leave(handle, {id}) {
    handle.stopStreamFrom(`room:${id}`);
    handle.transmit('left');
  }

  async fail() {
    throw new Error('told so by the test');
  }
}

/** Starts it for test `t`, on `secret` for tokens and bearer. `publishTo(url)` has to be called before it broadcasts. */
export async function startServerlessApp(t, secret) {
  const events = new Inbox();
  const tokens = identificator(secret, '10m');
  const cable = new Cable(events, tokens);
  let broadcast;
  cable.registerChannel('room', new Room(events, (...args) => broadcast(...args)));
  const server = http.createServer(async (request, response) => {
    const answer = (status, body) => response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
    if (request.headers.authorization !== `Bearer ${secret}`) {
      request.resume().on('end', () => answer(401, {}));
      return;
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    try {
      answer(200, await handler(new Request(`http://app${request.url}`, {
        method: 'POST', headers: request.headers, body: Buffer.concat(chunks)}), cable));
    } catch (error) {
      answer(200, {status: Status.ERROR, error_msg: error.message});
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  defer(t, () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return {
    events, tokens,
    url: `http://127.0.0.1:${server.address().port}/api/anycable`,
    publishTo: (url, key) => { broadcast = broadcaster(url, key); },
  };
}
