import { removeAll } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { makeTemporaryFolder } from '#platform/process/children.js';
import { jobId } from '../job.ts';
import { checkpointOf } from '../runner.ts';
import { ResultStore } from '../store.ts';
import type { Work } from '../works/work.ts';
import { openStore } from './parcels.ts';

/** Of so many works a worker keeps results and checkpoints in a folder of its own. */
const KEPT = 200;

/** Where a worker keeps what came of works: in a folder that all see, or in one of its own, of which little is kept. */
export class OwnStore {
  readonly folder: string;
  readonly #isOwn: boolean;
  readonly #ids: string[] = [];

  private constructor(folder: string, isOwn: boolean) {
    this.folder = folder;
    this.#isOwn = isOwn;
  }

  /** @throws DataError for a folder that cannot be used */
  static async open(shared: string | undefined): Promise<OwnStore> {
    const folder = shared ?? (await makeTemporaryFolder('keepgate-worker-'));
    await openStore(folder);
    return new OwnStore(folder, shared === undefined);
  }

  /** What failed is tried again where somebody asks for it again: whoever keeps that it failed does not. */
  async forgetFailure(work: Work): Promise<void> {
    if (work.format !== 'keepgate-job-1') return;
    const kept = await new ResultStore(this.folder).read(work);
    if (kept && 'failed' in kept) await removeAll(join(this.folder, 'results', `${await jobId(work)}.json`));
  }

  /** A work was done. Of those that are long past, nothing is kept. */
  async keep(work: Work): Promise<void> {
    if (!this.#isOwn || work.format !== 'keepgate-job-1') return;
    this.#ids.push(await jobId(work));
    for (const id of this.#ids.splice(0, this.#ids.length - KEPT)) {
      await removeAll(checkpointOf(this.folder, id));
      await removeAll(join(this.folder, 'results', `${id}.json`));
    }
  }

  async close(): Promise<void> {
    if (this.#isOwn) await removeAll(this.folder);
  }
}
