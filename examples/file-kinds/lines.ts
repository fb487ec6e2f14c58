import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DataError, fold, type Key, key, type LabelledTexts, permutation } from 'keepgate';

/** What a line of text can come from, and how a file of that kind is told by its name. The first that fits counts. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['licence', /^licen[cs]e(-[a-z]+)?(\.md|\.txt)?$/i],
  ['declarations', /\.d\.[cm]?ts$/],
  ['JavaScript', /\.[cm]?js$/],
  ['JSON', /\.json$/],
  ['Markdown', /\.(md|markdown)$/i],
];
/** The kind that the fewest packages have much of: the packages are dealt out by it. */
const SCARCEST = 'licence';

const LINES_A_CLASS = { train: 240, test: 120 };
/** No package may make up a class by itself. */
const LINES_A_PACKAGE = 120;
const LENGTH = { least: 12, most: 160 };
const LARGEST_FILE = 2 ** 20;

type Lines = ReadonlyMap<string, readonly string[]>;

/**
 * Lines of the files in `node_modules`, each labelled with the kind of its file. Test lines come from other packages
 * than training lines, and no line occurs twice. The same packages give the same lines.
 */
export function packageLines(folder: string): { train: LabelledTexts; test: LabelledTexts } {
  const seen = new Set<string>();
  const packages = packagesIn(folder)
    .map((name) => ({ name, lines: freshLines(join(folder, name), seen, fold(key(0), name)) }))
    .sort((a, b) => count(b.lines, SCARCEST) - count(a.lines, SCARCEST));
  // Dealt in the order of what is scarce, every third one for testing, so that both sides get their share of it.
  return {
    train: collect(
      packages.filter((_, i) => i % 3 !== 1).map(({ lines }) => lines),
      LINES_A_CLASS.train,
    ),
    test: collect(
      packages.filter((_, i) => i % 3 === 1).map(({ lines }) => lines),
      LINES_A_CLASS.test,
    ),
  };
}

/** The installed packages, without those that are only there on one platform: the lock file is to decide the lines. */
function packagesIn(folder: string): string[] {
  if (!existsSync(folder))
    throw new DataError(`file kinds: installed packages were expected in ${folder}, but it is not there; run npm ci`);
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return names.sort().filter((name) => {
    const manifest = join(folder, name, 'package.json');
    if (name.startsWith('.') || !existsSync(manifest)) return false;
    const { os, cpu } = JSON.parse(readFileSync(manifest, 'utf8'));
    return os === undefined && cpu === undefined;
  });
}

/** A package's lines by kind, in random order, at most so many of a kind, none that was seen before. */
function freshLines(folder: string, seen: Set<string>, order: Key): Lines {
  const lines = new Map<string, string[]>();
  for (const path of filesIn(folder)) {
    const kind = KINDS.find(([, name]) => name.test(basename(path)))?.[0];
    if (kind === undefined || statSync(path).size > LARGEST_FILE) continue;
    const own = lines.get(kind) ?? [];
    lines.set(kind, own);
    for (const text of readFileSync(path, 'utf8').split('\n')) {
      const line = text.trim();
      if (line.length >= LENGTH.least && line.length <= LENGTH.most && seen.size < seen.add(line).size) own.push(line);
    }
  }
  return new Map([...lines].map(([kind, own]) => [kind, shuffled(own, fold(order, kind)).slice(0, LINES_A_PACKAGE)]));
}

function* filesIn(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile()) yield path;
    else if (entry.isDirectory() && entry.name !== 'node_modules') yield* filesIn(path);
  }
}

function collect(packages: readonly Lines[], most: number): LabelledTexts {
  const examples = KINDS.flatMap(([kind]) =>
    shuffled(
      packages.flatMap((lines) => lines.get(kind) ?? []),
      fold(key(1), kind),
    )
      .slice(0, most)
      .map((text) => ({ text, label: kind })),
  );
  return { texts: examples.map(({ text }) => text), labels: examples.map(({ label }) => label) };
}

function shuffled(lines: readonly string[], order: Key): string[] {
  return permutation(order, lines.length).map((i) => lines[i] as string);
}

function count(lines: Lines, kind: string): number {
  return lines.get(kind)?.length ?? 0;
}
