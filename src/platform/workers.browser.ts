import type * as workers from './workers.ts';

/** How this page makes threads that share memory: Web Workers, or null unless it is cross-origin isolated. */
export const findThreading: typeof workers.findThreading = () => {
  const page = globalThis as unknown as Page;
  const { Worker: WebWorker } = page;
  if (page.crossOriginIsolated !== true || !WebWorker) return null;
  return {
    cores: page.navigator?.hardwareConcurrency ?? 1,
    maySleep: page.document === undefined,
    spawn(script, data) {
      const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
      const worker = new WebWorker(url);
      worker.postMessage(data);
      return {
        listen({ ready, lost }) {
          worker.onmessage = () => {
            URL.revokeObjectURL(url);
            ready();
          };
          worker.onerror = (event) => {
            event.preventDefault();
            lost(event.message || 'its script did not run');
          };
        },
        terminate: () => worker.terminate(),
      };
    },
  };
};

/** What is used of a page. TypeScript has no one set of types for Node and pages, so each thing is named here. */
interface Page {
  readonly crossOriginIsolated?: boolean;
  readonly document?: unknown;
  readonly navigator?: { readonly hardwareConcurrency?: number };
  readonly Worker?: new (
    url: string,
  ) => {
    onmessage: (event: unknown) => void;
    onerror: (event: { readonly message: string; preventDefault(): void }) => void;
    postMessage(data: object): void;
    terminate(): void;
  };
}
