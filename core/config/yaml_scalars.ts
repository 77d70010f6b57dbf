/**
 * How plain words of a YAML file are read: as PyYAML reads them, since upstream's files are PyYAML's, with three
 * differences. Dates and numbers to the base of 60 (`22:30`, a MAC address) stay text: no key means either.
 * And keys are text: one named `on` is not named `true`.
 *
 * YAML 1.1, https://yaml.org/type/; the expressions are those of PyYAML's resolver.
 */
import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions } from "yaml";

const digits = (text: string): string => text.replaceAll("_", "");

const NULL: ScalarTag = {
  tag: "tag:yaml.org,2002:null",
  default: true,
  identify: (value) => value === null || value === undefined,
  test: /^(?:~|null|Null|NULL|)$/,
  resolve: () => null,
  stringify: () => "null",
};

const BOOL: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  identify: (value) => typeof value === "boolean",
  test: /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  resolve: (text) => /^(?:y|t|on$)/i.test(text),
  stringify: ({ value }) => String(value),
};

const INT: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  identify: Number.isInteger,
  test: /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$/,
  resolve: (text) => {
    const [, sign, rest] = /^([-+]?)(.*)$/.exec(digits(text))!;
    // A leading zero means octal.
    const value = Number(/^0[0-7]+$/.test(rest) ? `0o${rest.slice(1)}` : rest);
    return sign === "-" ? 0 - value : value;
  },
  stringify: ({ value }) => BigInt(value as number).toString(),
};

const FLOAT: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  identify: (value) => typeof value === "number",
  test:
    /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  resolve: (text) => {
    if (/nan$/i.test(text)) return NaN;
    if (/inf$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
    return Number(digits(text));
  },
  stringify: ({ value }) => writtenFloat(value as number),
};

/** PyYAML takes a number with an exponent for one only if it has a point, and the exponent a sign. */
function writtenFloat(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

/** Text that needs no quotes: no word of another kind to any reader, and no sign of YAML in it. */
const PLAIN = /^(?=.*[A-Za-z])[A-Za-z_./$][\w./$@+,()=%-]*(?:[ :]?[\w./$@+,()=%-]+)*$/;
const WORD = /^(?:y|n|yes|no|on|off|true|false|null|\.inf|\.nan|\.?\d[\d_.]*(?:e[-+]?\d+)?)$/i;

/** Lines that can stand as they are, below their key: the first shows the indent, and not more than one break ends them. */
const LINES = /^\S.*\n(?:[^]*\S\n?)?$/;
const UNPRINTABLE = /[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

const STR: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  identify: (value) => typeof value === "string",
  resolve: (text) => text,
  stringify: ({ value }, { implicitKey, inFlow, indent }) => {
    const text = String(value);
    if (PLAIN.test(text) && !WORD.test(text)) return text;
    const asLines = LINES.test(text) && !UNPRINTABLE.test(text);
    return asLines && !implicitKey && !inFlow && indent !== ""
      ? literal(text, indent)
      : quoted(text);
  },
};

/** Text as it is, line by line: scripts stay readable. */
function literal(text: string, indent: string): string {
  const whole = text.endsWith("\n");
  const lines = (whole ? text.slice(0, -1) : text).split("\n");
  return ["|" + (whole ? "" : "-"), ...lines.map((line) => line && indent + line)].join("\n");
}

/** As JSON has it, which is YAML too, but for what YAML does not let stand as it is. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The scalars of configuration files, for the library's schema that knows none but text. */
export const YAML_SCALARS: readonly ScalarTag[] = [NULL, BOOL, INT, FLOAT, STR];

/** How configuration files are read. */
export const YAML_DIALECT: Pick<
  ParseOptions & SchemaOptions & DocumentOptions,
  "version" | "schema" | "customTags"
> = {
  version: "1.1",
  schema: "failsafe",
  customTags: ([map, seq]) => [map, seq, ...YAML_SCALARS, "merge"],
};
