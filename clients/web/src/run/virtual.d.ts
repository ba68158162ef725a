declare module "virtual:runtimes" {
  interface File {
    readonly url: string;
    /** Uncompressed, in bytes. */
    readonly bytes: number;
  }
  export const FILES: Readonly<Record<string, File>>;
}

declare module "pyodide/pyodide.asm.mjs" {
  const createPyodideModule: unknown;
  export default createPyodideModule;
}
