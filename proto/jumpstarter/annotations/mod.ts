/**
 * `jumpstarter.annotations`: options that a driver's interface is annotated with.
 *
 * @module
 */
export * from "../../gen/jumpstarter/annotations/annotations_pb.ts";
