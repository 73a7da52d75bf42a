import {fileURLToPath} from 'node:url';
import grpc from '@grpc/grpc-js';
import protoLoader from '@grpc/proto-loader';
import {ScriptedApp} from './app_script.mjs';
import {defer} from './cleanup.mjs';
import {freePort} from './ports.mjs';

const definition = protoLoader.loadSync(fileURLToPath(new URL('../../../protocol/app_rpc/anycable.proto', import.meta.url)), {
  keepCase: true, enums: Number, defaults: false, arrays: false, objects: false,
});
const {anycable} = grpc.loadPackageDefinition(definition);

export const codes = grpc.status;

/** The call is taken and never answered. */
export const never = () => {};

/** gRPC's own way to fail. */
export const failing = (code, details = 'told so by the test') => (reply) => reply({code, details});

/** An application on gRPC. An answer is a message in snake case, or one of the functions above. */
export class GrpcApp extends ScriptedApp {
  constructor(script, {credentials, host = '127.0.0.1', port = null} = {}) {
    super(script);
    this.host = host;
    this.port = port;
    this.credentials = credentials ?? grpc.ServerCredentials.createInsecure();
  }

  get address() {
    return `${this.host}:${this.port}`;
  }

  /** Listens, and after `stop` at the same port again. */
  async start() {
    this.server = new grpc.Server();
    const handle = (method) => async ({request, metadata}, reply) => {
      const answer = await this.decide({
        method,
        body: JSON.parse(JSON.stringify(request)),
        sid: metadata.get('sid')[0],
        metadata: metadata.getMap(),
      });
      if (typeof answer === 'function') answer(reply);
      else reply(null, answer);
    };
    this.server.addService(anycable.RPC.service, {
      Connect: handle('connect'), Command: handle('command'), Disconnect: handle('disconnect'),
    });
    this.port ??= await freePort();
    await new Promise((resolve, reject) => {
      this.server.bindAsync(this.address, this.credentials, (error) => (error ? reject(error) : resolve()));
    });
    return this;
  }

  /** Gone, as a crash would have it. */
  stop() {
    this.server.forceShutdown();
  }
}

export async function startGrpcApp(t, script = {}, options = {}) {
  const app = new GrpcApp(script, options);
  defer(t, () => app.stop());
  return app.start();
}

export const tlsCredentials = (cert, key) => grpc.ServerCredentials.createSsl(null, [{cert_chain: cert, private_key: key}]);
