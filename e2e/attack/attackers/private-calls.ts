/**
 * A gateway that calls the object and its Worker past `fetch`: every method of a prototype can
 * be called over RPC, so there must be none.
 */

import { handOver } from "../gateway/hostile.ts";
import type { Attacker } from "../score.ts";
import { cellsOf, passOne, signGood } from "../stage/cells.ts";

const names = [
  "alarm",
  "scheduled",
  "queue",
  "email",
  "tail",
  "trace",
  "test",
  "webSocketMessage",
  "webSocketClose",
  "webSocketError",
  "runtime",
  "#runtime",
  "_runtime",
  "ctx",
  "env",
  "db",
  "sql",
  "storage",
  "keyring",
  "identity",
  "unseal",
  "withSessionKey",
  "sign",
  "signOperation",
  "exportKey",
  "readSecret",
  "commit",
  "grantKey",
  "unfreezeVault",
  "submitIntent",
  "MetavaultDO",
  "__proto__",
  "prototype",
] as const;

/** The attacker. */
export const privateCalls: Attacker = {
  name: "calls past fetch",
  async run(stage, score) {
    const [cell] = cellsOf(
      stage.rpcs.filter(({ method }) => method.name === "GetVault"),
      "fast",
    );
    if (cell === undefined) throw new Error("no GetVault");
    const { request } = await signGood(stage, cell);
    const object = stage.victim.owner.vaultId;
    const before = await stage.look();
    const echoes = await handOver(stage.stack, request, { do: "call", names, object });
    const changed = await stage.changesSince(before);
    for (const { name, threw, answer } of echoes) {
      const refused = threw !== undefined && threw !== "hung" && changed.length === 0;
      const met = threw ?? Buffer.from(answer?.body ?? "", "base64").toString();
      const text = met.replaceAll(/"[^"]*"/g, "…").slice(0, 80);
      score.verdict(`${name}()`, text, refused ? undefined : `${met} ${changed.join(", ")}`);
    }
    score.control("GetVault by fetch", await passOne(stage, request));
  },
};
