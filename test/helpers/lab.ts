import { build } from 'vite';
import { ROOT } from './run-script.ts';

/** Build the page of the lab into a folder. */
export async function buildLab(folder: string): Promise<void> {
  // Vite builds for what this says, and test runners set it.
  const { NODE_ENV = 'test' } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({ configFile: `${ROOT}scripts/vite-lab.mjs`, build: { outDir: folder, emptyOutDir: true } });
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
}
