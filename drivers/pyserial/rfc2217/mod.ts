/**
 * Serial ports behind a server that speaks RFC 2217, such as ser2net.
 *
 * @module
 */
export { openRfc2217Port } from "./rfc2217_port.ts";
