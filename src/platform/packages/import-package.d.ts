/** The exports of a package or a module. @throws an error of the host where there is none */
export function importPackage(name: string): Promise<unknown>;
