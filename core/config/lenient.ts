import { z, type ZodType } from "zod";

/** A whole number, also written as text, as upstream takes it. */
export function wholeNumber(least: number): ZodType<number> {
  return z.preprocess(
    (value) => typeof value === "string" && /^[-+]?\d+$/.test(value) ? Number(value) : value,
    z.int().min(least),
  );
}

/** A number, also written as text, as upstream takes it. */
export function anyNumber(least: number): ZodType<number> {
  return z.preprocess(
    (value) =>
      typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))
        ? Number(value)
        : value,
    z.number().min(least),
  );
}

const WORDS: Readonly<Record<string, boolean>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  on: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  off: false,
  0: false,
};

/** True or false, also written as text or as 1 and 0, as upstream takes it. */
export function trueOrFalse(): ZodType<boolean> {
  return z.preprocess(
    (value) => typeof value === "object" ? value : WORDS[String(value).toLowerCase()] ?? value,
    z.boolean(),
  );
}
