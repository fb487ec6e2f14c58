// Writes public-surface.txt: what the package exports. Its changes are changes of the contract, so read them.
import { writeFile } from 'node:fs/promises';
import { packageSurface, surfaceText } from '../helpers/public-surface.ts';

await writeFile(new URL('public-surface.txt', import.meta.url), surfaceText(await packageSurface()));
