import { fileURLToPath } from '#platform/paths.js';
import { errorCode, messageOf, OptionError } from '../../../errors.ts';
import { openAddress } from '../../../platform/process/open-address.ts';
import { type LoopbackServer, serveOnLoopback } from '../../../platform/process/loopback-server.ts';
import { output } from '../../output.ts';
import { HEADERS } from './lab-headers.ts';

export interface LabOptions {
  readonly port: number;
  readonly open: boolean;
}

/** The page, as the build puts it beside the commands. */
const PAGE = new URL('../../../../dist/lab/', import.meta.url);

/** Serves until the process is ended. The address is the first line. */
export async function runLab({ port, open }: LabOptions): Promise<void> {
  const out = output(false);
  const server = await served(port);
  const address = `http://127.0.0.1:${server.port}/`;
  out.line(address);
  out.line('for this machine alone, until Ctrl-C');
  if (open && !(await openAddress(address))) out.warn(`no browser could be opened; open ${address} by hand`);
}

/** @throws OptionError for a port that cannot be had */
async function served(port: number): Promise<LoopbackServer> {
  if (port > 65_535) throw new OptionError(`lab: a port from 0 to 65535 was expected, but ${port} came`);
  try {
    return await serveOnLoopback(fileURLToPath(PAGE), port, HEADERS);
  } catch (error) {
    const why = { EADDRINUSE: 'is taken', EACCES: 'may not be used' }[errorCode(error) ?? ''];
    throw new OptionError(
      why === undefined
        ? `lab: the page could not be served: ${messageOf(error)}`
        : `lab: a free port was expected, but ${port} ${why}; choose another, or leave --port out`,
    );
  }
}
