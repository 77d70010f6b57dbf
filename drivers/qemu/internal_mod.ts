/**
 * The definition of virtual boards, for tests of drivers that work on one; loads what reads configurations.
 *
 * @module
 */
export { Qemu } from "./driver.ts";
