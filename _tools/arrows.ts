/**
 * Who may import whom: a zone may import what its arrows lead to, near or far, and nothing else.
 *
 * `proto ← core/stream ← core/http2 ← core/grpc ← core/driver ← core/{exporter,client} ← drivers ← cli`, and
 * `core/grpc ← controller ← cli`.
 */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  "proto": [],
  "core/stream": ["proto"],
  "core/tty": ["core/stream"],
  "core/config": ["proto"],
  "core/http2": ["core/stream"],
  "core/grpc": ["core/http2"],
  "core/driver": ["core/grpc", "core/config"],
  "core/exporter": ["core/driver", "core/tty"],
  "core/client": ["core/driver"],
  "drivers": ["core/exporter", "core/client"],
  "controller": ["core/grpc", "core/config"],
  "cli": ["drivers", "controller"],
  "web": ["core/client"],
  "testing": ["drivers", "controller"],
  "bench": ["cli", "testing"],
  "examples": ["cli", "testing"],
  "_tools": [],
};

/** The zone a file stands in: `core/http2`, `drivers/power`, `cli`. */
export function zoneOf(path: string): string {
  const [first, second] = path.split("/");
  return first === "core" || first === "drivers" ? `${first}/${second}` : first;
}

/** The entry of {@linkcode ARROWS} that a zone goes by: all drivers share one. */
function layerOf(zone: string): string {
  return zone.startsWith("drivers/") ? "drivers" : zone;
}

/** Whether `zone` has a place in the house at all. */
export function isKnownZone(zone: string): boolean {
  return layerOf(zone) in ARROWS;
}

/** Whether a file of the zone `from` may import one of the zone `to`. */
export function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const seen = new Set<string>();
  const open = [...ARROWS[layerOf(from)] ?? []];
  if (layerOf(from) === "drivers") open.push("drivers"); // through their mod.ts, which another rule demands
  for (let layer = open.pop(); layer !== undefined; layer = open.pop()) {
    if (layer === layerOf(to)) return true;
    if (seen.has(layer)) continue;
    seen.add(layer);
    open.push(...ARROWS[layer] ?? []);
  }
  return false;
}
