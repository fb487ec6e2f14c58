/** Gives back what something held that nobody disposed of. */
type Free = () => unknown;

const registry = new FinalizationRegistry<Free>((free) => {
  // Nobody is left to be told of an error: what was to be freed may be gone already, as after the loss of a device.
  new Promise((resolve) => resolve(free())).catch(() => {});
});

/**
 * Call `free`, once, some time after `owner` became garbage. `free` must not refer to the owner, which would live for ever
 * then. Waiting for it keeps no process alive.
 * @returns ends this: for an owner that gave back what it held by itself
 */
export function whenCollected(owner: object, free: Free): () => void {
  const token = {};
  registry.register(owner, free, token);
  return () => {
    registry.unregister(token);
  };
}
