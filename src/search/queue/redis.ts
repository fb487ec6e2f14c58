import { OptionError } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';

/** The first that has all commands that BullMQ is made for. */
const LEAST: readonly [number, number] = [6, 2];

/**
 * Sees that a server of Redis or Valkey is there, and will not throw works away.
 * @param name its address
 * @throws OptionError for one that is too old, or evicts; the client's error where it is not there, or refuses
 */
export async function reachRedis(who: string, name: string, url: string): Promise<void> {
  const { Redis } = (await importPackage('ioredis')) as typeof import('ioredis');
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let why: Error | undefined;
  client.on('error', (error: Error) => {
    why ??= error;
  });
  try {
    const info = await client.connect().then(() => client.info());
    const [, major = '0', minor = '0'] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
    if (Number(major) < LEAST[0] || (Number(major) === LEAST[0] && Number(minor) < LEAST[1])) {
      throw new OptionError(
        `${who}: Redis ${LEAST.join('.')} or later, or Valkey, was expected at ${name}, but ${major}.${minor} is there; install a later one`,
      );
    }
    const [, policy = 'noeviction'] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
    if (policy !== 'noeviction') {
      throw new OptionError(
        `${who}: the maxmemory-policy noeviction was expected at ${name}, but it is ${policy}, by which the server throws works away when its memory is full; set it: CONFIG SET maxmemory-policy noeviction`,
      );
    }
  } catch (error) {
    // That the connection was closed says less than why.
    throw error instanceof OptionError ? error : (why ?? error);
  } finally {
    client.disconnect();
  }
}
