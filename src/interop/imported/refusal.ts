/** Why a layer cannot be had exactly. Whoever asked for it says which layer it is. */
export class Refusal extends Error {
  /** @param advice what its owner can do */
  constructor(expected: string, came: string, advice: string) {
    super(`${expected} was expected, but ${came} came; ${advice}`);
  }
}
