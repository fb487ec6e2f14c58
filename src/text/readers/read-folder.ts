import { listingOf } from '#platform/byte-streams.js';
import { join, parse } from '#platform/paths.js';
import { expectText, type OptionNames, optionsOf } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import { byCodePoint } from '../code-point-order.ts';
import { collected, type LabelledTexts } from '../labelled.ts';
import { decoded } from './decode.ts';
import { cannotOpen, fileInput } from './input.ts';
import { LONGEST, linesOf } from './lines.ts';
import { checkReadOptions, type ReadOptions } from './read-table.ts';

const OPTIONS: OptionNames<ReadOptions> = { encoding: true, onNote: true };

/** So many texts of files of their own are handed on together. */
const GROUP = 256;

/**
 * Read texts from a folder. Either it has one file a class, with one text a line, where the name of a file without its
 * extension is the label; or one folder a class, with one file a text, where the name of the folder is the label. The
 * second it is where at least two folders have files, or where there are folders alone. Links are followed. What is left
 * aside is told to `onNote`, but for blank lines.
 * @throws DataError when there is no text, a class has none, two files have the same label, or a file cannot be read
 * @throws OptionError when an option is not what it can be
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import { readFolder } from 'keepgate';
 *
 * await mkdir('reviews');
 * await writeFile('reviews/good.txt', 'A warm film.\nBright and clever.\n');
 * await writeFile('reviews/bad.txt', 'Dull.\n');
 * const { texts, labels } = await readFolder('reviews');
 * console.log(texts[0], labels); // prints: Dull. [ 'bad', 'good', 'good' ]
 * ```
 */
export async function readFolder(dir: string, options: ReadOptions = {}): Promise<LabelledTexts> {
  expectText('readFolder', 'dir', dir);
  checkReadOptions('readFolder', optionsOf('readFolder', options, OPTIONS));
  return collected(folderTexts(dir, options));
}

/** The texts and labels of a folder, part by part; the options were checked. @throws DataError as {@link readFolder} does */
export async function* folderTexts(dir: string, options: ReadOptions): AsyncGenerator<LabelledTexts> {
  const { files, folders, aside } = await namesIn(dir);
  const classes: Names[] = [];
  for (const folder of folders) {
    const names = await namesIn(join(dir, folder));
    if (names.files.length > 0) classes.push({ ...names, dir: folder });
    else aside.push(`${folder} (a folder without files)`);
  }
  const byFolder = classes.length > 1 || (files.length === 0 && classes.length > 0);
  if (!byFolder && files.length === 0) {
    throw new DataError(
      `${dir}: a text file for each class, or a folder of them, was expected, but there is none; put them in the folder`,
    );
  }
  tellAside(dir, [...aside, ...(byFolder ? files : classes.map((names) => `${names.dir} (a folder)`))], options);
  if (byFolder) {
    for (const names of classes) yield* textsInFolder(dir, names, options);
    return;
  }
  expectLabels(dir, files);
  for (const file of files) yield* textsInFile(join(dir, file), parse(file).name, options);
}

/** What is in a folder, links followed. */
interface Names {
  readonly dir: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
  /** What is neither, or is hidden, and why it is left aside. */
  readonly aside: string[];
}

/** Sorted, since the order in which a folder is listed depends on the file system. */
async function namesIn(dir: string): Promise<Names> {
  const listing = await listingOf(dir).catch((error: unknown) => {
    throw cannotOpen(dir, 'a folder', error);
  });
  listing.sort((a, b) => byCodePoint(a.name, b.name));
  const named = listing.filter(({ name }) => !name.startsWith('.'));
  const hidden = listing.length - named.length;
  const broken = named.find(({ kind }) => kind === 'broken link');
  if (broken) {
    throw new DataError(
      `${join(dir, broken.name)}: a file or a folder was expected behind the link, but nothing is there; correct or remove the link`,
    );
  }
  const of = (kind: string): string[] => named.flatMap((entry) => (entry.kind === kind ? [entry.name] : []));
  const others = of('other').map((name) => `${name} (neither a file nor a folder)`);
  return {
    dir,
    files: of('file'),
    folders: of('folder'),
    aside: [...others, ...(hidden > 0 ? [`${hidden} with names that begin with a dot`] : [])],
  };
}

function tellAside(dir: string, aside: readonly string[], { onNote }: ReadOptions): void {
  if (aside.length === 0) return;
  const shown = aside.length > 10 ? [...aside.slice(0, 10), `${aside.length - 10} more`] : aside;
  onNote?.(`${dir}: left aside: ${shown.join(', ')}`);
}

function expectLabels(dir: string, files: readonly string[]): void {
  const fileOf = new Map<string, string>();
  for (const file of files) {
    const { name: label } = parse(file);
    const other = fileOf.get(label);
    if (other !== undefined) {
      throw new DataError(
        `${dir}: one file for each label was expected, but ${other} and ${file} both give ${show(label)}; rename or merge them`,
      );
    }
    fileOf.set(label, file);
  }
}

/** A text a line. */
async function* textsInFile(path: string, label: string, { encoding }: ReadOptions): AsyncGenerator<LabelledTexts> {
  let found = false;
  for await (const lines of linesOf(path, decoded(fileInput(path), encoding))) {
    const texts = lines.filter((line) => line.trim() !== '');
    if (texts.length === 0) continue;
    found = true;
    yield { texts, labels: texts.map(() => label) };
  }
  if (found) return;
  throw new DataError(`${path}: a text a line was expected, but there is none; add examples or remove the file`);
}

/** A text a file. */
async function* textsInFolder(
  dir: string,
  { dir: label, files, folders, aside }: Names,
  options: ReadOptions,
): AsyncGenerator<LabelledTexts> {
  const folder = join(dir, label);
  const empty: string[] = [];
  let texts: string[] = [];
  let found = false;
  for (const file of files) {
    const text = await wholeText(join(folder, file), options.encoding);
    if (text.trim() === '') empty.push(`${file} (empty)`);
    else texts.push(text);
    if (texts.length < GROUP && file !== files.at(-1)) continue;
    if (texts.length > 0) yield { texts, labels: texts.map(() => label) };
    found ||= texts.length > 0;
    texts = [];
  }
  tellAside(folder, [...aside, ...folders.map((name) => `${name} (a folder)`), ...empty], options);
  if (found) return;
  throw new DataError(`${folder}: a text a file was expected, but there is none; add examples or remove the folder`);
}

async function wholeText(path: string, encoding: string | undefined): Promise<string> {
  let text = '';
  for await (const piece of decoded(fileInput(path), encoding)) {
    text += piece;
    if (text.length > LONGEST) {
      throw new DataError(
        `${path}: a text of at most ${LONGEST} characters was expected, but this file has more; a folder of each class has a file for each text`,
      );
    }
  }
  return text;
}
