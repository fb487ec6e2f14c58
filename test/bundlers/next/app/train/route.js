import { train } from '../../train.js';

// Runs while the site is built: in Node, bundled for it.
export const dynamic = 'force-static';

export async function GET() {
  return Response.json(await train());
}
