import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server for this machine alone. */
export interface LoopbackServer {
  readonly port: number;
  /** Answers nobody any more. */
  close(): Promise<void>;
}

/** Names by which a page of this machine asks. Any other is a page of elsewhere, whose name was made to lead here (DNS rebinding). */
const OWN_NAMES = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/**
 * Serve a folder on 127.0.0.1, to be read and nothing else.
 * @param port 0 for any that is free
 * @param headers on every response
 * @throws the error of the system, when the port is taken
 */
export async function serveOnLoopback(
  folder: string,
  port: number,
  headers: Readonly<Record<string, string>>,
): Promise<LoopbackServer> {
  const { default: sirv } = await import('sirv');
  const files = sirv(folder, { etag: true, dotfiles: false });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const refuse = (status: number): void => {
      response.writeHead(status, { 'content-type': 'text/plain' }).end();
    };
    if (!OWN_NAMES.test(request.headers.host ?? '')) refuse(421);
    else if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405);
    else files(request, response, () => refuse(404));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
