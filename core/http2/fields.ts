/**
 * One field line of a header or trailer section (RFC 9113 §8.2). Each character
 * stands for one octet (0–255), so that any value survives, gRPC's true-binary
 * metadata included. Names are in lower case.
 */
export type Field = readonly [name: string, value: string];

/** A header or trailer section in the order it stands on the wire; never changed once handed out. */
export type FieldList = readonly Field[];

/** The first value of the field `name`, or `undefined`. */
export function fieldValue(fields: FieldList, name: string): string | undefined {
  for (let i = 0; i < fields.length; i++) {
    if (fields[i][0] === name) return fields[i][1];
  }
  return undefined;
}
