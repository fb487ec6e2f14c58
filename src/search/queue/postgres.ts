import { OptionError } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';

const LEAST = 13;

/**
 * Sees that a server of PostgreSQL is there.
 * @param name its address
 * @throws OptionError for one that is too old; the client's error where it is not there, or refuses
 */
export async function reachPostgres(who: string, name: string, url: string): Promise<void> {
  const { default: pg } = (await importPackage('pg')) as { default: typeof import('pg') };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query('show server_version_num');
    const version = Math.floor(Number(rows[0]?.server_version_num) / 10_000);
    if (version < LEAST) {
      throw new OptionError(
        `${who}: PostgreSQL ${LEAST} or later was expected at ${name}, but ${version} is there; install a later one`,
      );
    }
  } finally {
    await client.end().catch(() => {});
  }
}
