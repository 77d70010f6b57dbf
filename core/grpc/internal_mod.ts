/** The client alone: programs that start often should not load the server with it. */
export * from "./client/mod.ts";
