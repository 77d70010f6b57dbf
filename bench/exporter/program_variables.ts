/** Environment variable in which client programs find the `netbench` program. */
export const NETBENCH = "JMP_BENCH_NETBENCH";
/** Environment variable in which client programs find a folder for their files. */
export const FOLDER = "JMP_BENCH_FOLDER";
