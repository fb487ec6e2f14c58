/** The code of a markdown page as one module, and what it says that it prints. */
export interface PageModule {
  /** TypeScript, on the lines of the page: an error in line n is an error of line n of the page. */
  readonly code: string;
  /** The lines that it is to print, in order. */
  readonly prints: readonly string[];
  readonly blocks: number;
}

// On the first line, which is the page's title and never code. A block of its own, so that pages can use any name.
const THROWS =
  'async function __throws(run: () => unknown): Promise<void> { try { await run(); } catch (error) { ' +
  // biome-ignore lint/suspicious/noTemplateCurlyInString: code to be written, not run here
  'console.log(`throws ${error instanceof Error ? `${error.name}: ${error.message}` : error}`); return; } ' +
  "console.log('throws nothing'); }";

/**
 * The ```ts blocks of a page. `// prints: text` says what is printed next, line by line; `// throws: text` at the end
 * of a one-line statement, or on the line after it, says that it throws. A text that ends in ... is a beginning.
 */
export function pageModule(page: string): PageModule {
  const code: string[] = [];
  const prints: string[] = [];
  let inside = false;
  let blocks = 0;
  for (const line of page.split('\n')) {
    const fence = /^```(\w*)/.exec(line.trimStart());
    if (fence) {
      blocks += !inside && fence[1] === 'ts' ? 1 : 0;
      inside = !inside && fence[1] === 'ts';
      code.push('');
      continue;
    }
    if (!inside) {
      code.push('');
      continue;
    }
    const [, statement = '', says, text = ''] = /^(.*?)\s*\/\/ (prints|throws): ?(.*)$/.exec(line) ?? [];
    if (says === 'prints') prints.push(text);
    if (says === 'throws') prints.push(`throws ${text}`);
    if (says === 'throws' && statement.trim() === '') code.push(wrapped(code.pop() ?? ''), '');
    else code.push(says === 'throws' ? wrapped(statement) : line);
  }
  if (blocks > 0) code[0] = `${THROWS}${code[0]}`;
  return { code: `${withoutRepeatedImports(code.join('\n'))}\nexport {};\n`, prints, blocks };
}

/** An `@example` of a docstring. */
export interface Example {
  /** Its line in the source, from 1. */
  readonly line: number;
  readonly module: PageModule;
}

/** The examples of a source file, a module each, whose code stands on its lines of that file. */
export function examplesIn(source: string): Example[] {
  const found: { line: number; page: string[] }[] = [];
  let state: 'code' | 'docstring' | 'example' | 'block' = 'code';
  source.split('\n').forEach((line, index) => {
    if (state === 'code' && /^\s*\/\*\*/.test(line)) state = 'docstring';
    const text = line.replace(/^\s*(\/\*\*|\*(?!\/)) ?/, '').replace(/\s*\*\/\s*$/, '');
    const isExample = state !== 'code' && state !== 'block' && text.startsWith('@example');
    if (isExample) found.push({ line: index + 1, page: Array<string>(index + 1).fill('') });
    else if (state === 'example' || state === 'block') found.at(-1)?.page.push(text);
    if (isExample) state = 'example';
    else if (state === 'example' && text.startsWith('@')) state = 'docstring';
    else if (text.startsWith('```') && state === 'example') state = 'block';
    else if (text.startsWith('```') && state === 'block') state = 'example';
    if (/\*\/\s*$/.test(line)) state = 'code';
  });
  return found.map(({ line, page }) => ({ line, module: pageModule(page.join('\n')) }));
}

/** Blocks that are to be copied alone repeat what they import; a module may import a name once. */
function withoutRepeatedImports(code: string): string {
  const seen = new Set<string>();
  return code.replace(/^import \{([^}]*)\} from '([^']+)';/gm, (whole, list: string, from: string) => {
    const names = list.split(',').map((name) => name.trim());
    const fresh = names.filter((name) => name !== '' && seen.size < seen.add(`${name} from ${from}`).size);
    const lines = '\n'.repeat(whole.split('\n').length - 1);
    return fresh.length === 0 ? lines : `import { ${fresh.join(', ')} } from '${from}';${lines}`;
  });
}

function wrapped(statement: string): string {
  return `await __throws(async () => { ${statement.trim()} });`;
}

/** Where the lines printed differ from those promised: null, or what was promised and what came. */
export function firstDifference(promised: readonly string[], printed: readonly string[]): string | null {
  for (let i = 0; i < Math.max(promised.length, printed.length); i++) {
    const [wanted, came] = [promised[i]?.trim(), printed[i]?.trim()];
    const fits = wanted?.endsWith('...') ? came?.startsWith(wanted.slice(0, -3)) : wanted === came;
    if (!fits) return `the page says ${show(wanted)}, but the code prints ${show(came)}`;
  }
  return null;
}

function show(line: string | undefined): string {
  return line === undefined ? 'nothing more' : JSON.stringify(line);
}
