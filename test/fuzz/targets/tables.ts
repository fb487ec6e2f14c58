import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLabelled } from 'keepgate';
import { damaged } from '../damage.ts';
import { outcomeOf, type Target } from '../target.ts';

const TABLES: Readonly<Record<string, string>> = {
  'a.csv': 'text,label,03\n"A ""warm"" film, that is",good,1\nDull.,bad,2\n"two\nlines",bad,3\n',
  'b.csv': 'text;label\r\n"Ja; gut";gut\r\nnein;schlecht\r\n',
  'c.tsv': 'label\ttext\ngood\tA "warm" film.\nbad\tDull.\n',
  'd.txt': 'text\tlabel\rold\tmac\rlines\tonly\r',
  'e.jsonl': '{"text":"A warm film.","label":"good"}\n{"label":"bad","text":"Dull.\\n","more":[1]}\n',
};
const PIECES = ['"', '""', ',', ';', '\t', '\r', '\r\n', '\n\n', '\ufeff', '\u0000', 'sep=;\n', '{', '\u2028', ' '].map(
  (text) => new TextEncoder().encode(text),
);
PIECES.push(Uint8Array.of(0xff, 0xfe), Uint8Array.of(0xe9), Uint8Array.of(0xc3));

/** Files of examples: as many labels as texts, none of them empty. */
export const tables: Target = {
  name: 'tables',
  share: 0.1,
  open: async (folder) => ({
    async tryOne(random) {
      const name = random.one(Object.keys(TABLES));
      const path = join(folder, name);
      await writeFile(path, damaged(new TextEncoder().encode(TABLES[name]), PIECES, random));
      return outcomeOf(async () => {
        const { texts, labels } = await readLabelled(path, {
          text: random.once(8) ? 1 : 'text',
          label: random.once(8) ? 2 : 'label',
          ...(random.once(3) ? { header: random.once(2) } : {}),
          ...(random.once(4) ? { encoding: random.one(['utf-8', 'latin1', 'utf-16le', 'shift_jis']) } : {}),
          ...(random.once(4) ? { relaxedQuotes: true } : {}),
        });
        const isFilled = (one: unknown): boolean => typeof one === 'string' && one.trim() !== '';
        if (texts.length !== labels.length || ![...texts, ...labels].every(isFilled)) {
          throw new Error(`texts and labels were to be as many and filled, but ${texts} and ${labels} came`);
        }
      });
    },
  }),
};
