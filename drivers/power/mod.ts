/**
 * Power of a device under test: the interface that power drivers share, its client, and a mock.
 *
 * @module
 */
export { apparentPower, type CycleOptions, PowerClient, VirtualPowerClient } from "./client.ts";
export { MockPower, SyncMockPower } from "./driver.ts";
