/**
 * HTTP/1.1 as attackers write it, byte by byte, to both ways in: whatever the wire does to a
 * signed call, the vault answers the call that was signed or nobody's.
 */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GetVaultRequestSchema } from "#gen/vault/v1/vault_messages";
import { signedCall } from "../scenario/raw-call.ts";
import { claimVault, type LiveVault } from "../scenario/vault.ts";
import { type Stack, startStack } from "../stack/stack.ts";

let stack: Stack;
let vault: LiveVault;
beforeAll(async () => {
  stack = await startStack({ name: "smuggling", persistent: false, progress: () => {} });
  vault = await claimVault(stack, "1");
});
afterAll(() => stack?.stop());

/** A request line by line. */
type Wire = {
  readonly line: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
};

async function signed(baseUrl: string): Promise<Wire> {
  const { url, headers, body } = await signedCall(
    { ...stack, baseUrl },
    "metavault.vault.v1.VaultService/GetVault",
    GetVaultRequestSchema,
    { name: vault.name },
    { signer: vault.signer, vaultId: vault.owner.vaultId },
  );
  const { pathname, host } = new URL(url);
  return {
    line: `POST ${pathname} HTTP/1.1`,
    fields: [["host", host], ...headers, ["content-length", String(body.length)]],
    body: Buffer.from(body).toString(),
  };
}

/** Writes the bytes; reads until the connection ends or falls silent. */
function exchange(baseUrl: string, { line, fields, body }: Wire): Promise<string> {
  const head = [line, ...fields.map(([name, value]) => `${name}: ${value}`), "connection: close"];
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () =>
      socket.write(Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`, "latin1")),
    );
    const end = () => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    socket.setTimeout(1500, end);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("close", end);
    socket.once("error", end);
  });
}

const statusesOf = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
const adding =
  (...more: readonly (readonly [string, string])[]) =>
  (wire: Wire): Wire => ({ ...wire, fields: [...wire.fields, ...more] });
const changing =
  (name: string, change: (value: string) => string) =>
  (wire: Wire): Wire => ({
    ...wire,
    fields: wire.fields.map(([field, value]) => [field, field === name ? change(value) : value]),
  });
const without =
  (name: string) =>
  (wire: Wire): Wire => ({ ...wire, fields: wire.fields.filter(([field]) => field !== name) });
const chunked = (trailers: string) => (wire: Wire) => {
  const size = wire.body.length.toString(16);
  const body = `${size}\r\n${wire.body}\r\n0\r\n${trailers}\r\n`;
  return adding(["transfer-encoding", "chunked"])({ ...without("content-length")(wire), body });
};
const other = `eip155:1:0x${"1".repeat(40)}`;

/** What the wire may do: the call that was signed is answered. */
const allowed: readonly (readonly [string, (wire: Wire) => Wire])[] = [
  ["nothing", (wire) => wire],
  [
    "field names in capitals",
    (wire) => ({ ...wire, fields: wire.fields.map(([n, v]) => [n.toUpperCase(), v] as const) }),
  ],
  ["spaces around a value", changing("signature-input", (value) => `  ${value}\t `)],
  ["fields in another order", (wire) => ({ ...wire, fields: [...wire.fields].reverse() })],
  ["the body in chunks", chunked("")],
  ["trailers that name another vault", chunked(`metavault-id: ${other}\r\n`)],
  ["a field that means nothing here", adding(["x-metavault-id", other])],
  [
    "an absolute target of another host, which is read by its path",
    (wire) => ({ ...wire, line: wire.line.replace("/", "http://evil.example/") }),
  ],
];

/** What it may not: the call is refused, or what is no HTTP is answered by nobody. */
const refused: readonly (readonly [string, (wire: Wire) => Wire])[] = [
  ["a second content type", adding(["content-type", "application/proto"])],
  ["a second vault", adding(["metavault-id", other])],
  ["a second signature", adding(["signature", "mv=:AAAA:"])],
  ["a second host", adding(["host", "evil.example"])],
  ["another host", changing("host", () => "evil.example")],
  ["a method of another kind", (wire) => ({ ...wire, line: wire.line.replace("POST", "PUT") })],
  ["a GET", (wire) => ({ ...wire, line: wire.line.replace("POST", "GET") })],
  ["a tab in the path", (wire) => ({ ...wire, line: wire.line.replace("GetVault", "GetVault\t") })],
  ["another path by an escape", (wire) => ({ ...wire, line: wire.line.replace("Get", "%47et") })],
  ["a query", (wire) => ({ ...wire, line: wire.line.replace("GetVault", "GetVault?x=1") })],
  ["an encoding", adding(["content-encoding", "gzip"])],
  [
    "a length that is too short",
    changing("content-length", (length) => String(Number(length) - 1)),
  ],
  ["a length that is too long", changing("content-length", (length) => String(Number(length) + 9))],
  ["two lengths", adding(["content-length", "1"])],
  ["a length and chunks", adding(["transfer-encoding", "chunked"])],
  ["an unknown transfer encoding", adding(["transfer-encoding", "identity, chunked"])],
  ["a vault with bytes that are not ASCII", changing("metavault-id", (id) => `${id}\u00e9`)],
  [
    "a signature with bytes that are not ASCII",
    changing("signature-input", (v) => `${v};x="\u00e9"`),
  ],
];

const doors = [
  ["gateway", () => stack.baseUrl],
  ["second way in", () => stack.ingressUrl],
] as const;

describe.each(doors)("at the %s", (_, door) => {
  test.each(allowed)("the wire may do this: %s", async (_name, change) => {
    const answer = await exchange(door(), change(await signed(door())));
    expect(statusesOf(answer)).toEqual([200]);
    expect(answer).toContain(vault.owner.vaultId);
    expect(answer).toContain("metavault-resp-v1");
  });

  test.each(refused)("it may not do this: %s", async (_name, change) => {
    const answer = await exchange(door(), change(await signed(door())));
    for (const status of statusesOf(answer)) expect(status).toBeGreaterThanOrEqual(400);
  });

  test("a second request behind the first is answered for itself", async () => {
    const first = await signed(door());
    const behind = `POST /metavault.vault.v1.VaultService/FreezeVault HTTP/1.1\r\nhost: evil\r\ncontent-length: 0\r\n\r\n`;
    const keep = { ...first, body: first.body + behind };
    const answer = await exchange(door(), keep);
    const [own, ...more] = statusesOf(answer);
    expect(own).toBe(200);
    for (const status of more) expect(status).toBeGreaterThanOrEqual(400);
  });
});
