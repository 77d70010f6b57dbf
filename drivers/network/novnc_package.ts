import type { ServerResponse } from "node:http";
import * as nodeModule from "node:module";

/** Answers requests for noVNC's page and its modules. */
export interface NovncFiles {
  /** Answers one request. Never fails. */
  answer(url: string, method: string, response: ServerResponse): Promise<void>;
}

/** The page: noVNC over the whole window, connected to the server that the page came from. */
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Screen</title>
<style>
  html, body { height: 100%; margin: 0; background: #222; color: #eee; font: 14px sans-serif; }
  #screen { height: 100%; }
  #status { position: fixed; inset: auto 0 0 0; padding: 4px 8px; background: #000a; }
</style>
<div id="screen"></div>
<div id="status" role="status">Connecting</div>
<script type="module">
  import RFB from "./novnc/core/rfb.js";
  const status = document.getElementById("status");
  function connect() {
    const rfb = new RFB(document.getElementById("screen"), new URL("/", location.href.replace(/^http/, "ws")).href, {
      wsProtocols: ["binary"],
    });
    rfb.scaleViewport = true;
    rfb.addEventListener("connect", () => { status.hidden = true; });
    rfb.addEventListener("credentialsrequired", () => {
      rfb.sendCredentials({ password: prompt("Password") ?? "" });
    });
    rfb.addEventListener("disconnect", () => {
      status.hidden = false;
      status.textContent = "Disconnected, trying again";
      setTimeout(connect, 1000);
    });
  }
  connect();
</script>
`;

/** What a path inside the package may be: modules of these folders, and no way out of them. */
const MODULE = /^\/novnc\/((?:core|vendor)(?:\/[\w-][\w.-]*)+\.js)$/;

/** The files of npm's `@novnc/novnc`; none where it cannot be found, as in a compiled program. */
export async function openNovncPackage(): Promise<NovncFiles | undefined> {
  const folder = await packageFolder();
  return folder === undefined ? undefined : { answer: (...request) => answer(folder, ...request) };
}

async function packageFolder(): Promise<string | undefined> {
  // It is a module for browsers and fails here, after Deno has fetched it.
  await import("@novnc/novnc").catch(() => {});
  // Deno 2.6 does not have it.
  const find =
    (nodeModule as { findPackageJSON?: (name: string, base: string) => string | undefined })
      .findPackageJSON;
  try {
    return find?.("@novnc/novnc", import.meta.url)?.replace(/\/package\.json$/, "");
  } catch {
    return undefined;
  }
}

async function answer(
  folder: string,
  url: string,
  method: string,
  response: ServerResponse,
): Promise<void> {
  const path = url.replace(/[?#].*/s, "");
  const module = MODULE.exec(path)?.[1];
  const send = (status: number, type: string, body: string): void => {
    response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" });
    response.end(method === "HEAD" ? undefined : body);
  };
  if (method !== "GET" && method !== "HEAD") return send(405, "text/plain", "");
  if (path === "/") return send(200, "text/html; charset=utf-8", PAGE);
  const text = module === undefined
    ? undefined
    : await Deno.readTextFile(`${folder}/${module}`).catch(() => undefined);
  if (text === undefined) return send(404, "text/plain", "Not found");
  send(200, "text/javascript; charset=utf-8", text);
}
