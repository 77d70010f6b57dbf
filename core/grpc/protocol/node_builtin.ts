/** The modules of Node's that are loaded when they are needed: they take 2 to 4 ms each, and most programs need none. */
interface NodeModules {
  "node:crypto": typeof import("node:crypto");
  "node:zlib": typeof import("node:zlib");
}

/** Loads a module of Node's at once, without a promise. */
export function nodeBuiltin<N extends keyof NodeModules>(name: N): NodeModules[N] {
  // As a global it is there without being imported, which would load much of Node.
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: string): unknown };
  };
  return process.getBuiltinModule(name) as NodeModules[N];
}
