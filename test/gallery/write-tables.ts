/** Writes the tables of the gallery into docs/verification.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { GALLERY, WRONG_CELLS, WRONG_PLANS } from './gallery.ts';
import { galleryTables, withTables } from './tables.ts';

const page = new URL('../../docs/verification.md', import.meta.url);
writeFileSync(page, withTables(readFileSync(page, 'utf8'), galleryTables(GALLERY, WRONG_CELLS, WRONG_PLANS)));
