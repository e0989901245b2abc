/**
 * Somebody who holds the disk: reads what is stored for keys, and moves what is sealed from one
 * vault to another.
 */
import { copyFileSync, existsSync, readFileSync, rmSync } from "node:fs";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { addressOf } from "#protocol/proof/eip191";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { signRequest } from "#protocol/proof/sign";
import { send } from "../../scenario/raw-call.ts";
import { outcomeOfResponse, outcomeText } from "../outcome.ts";
import type { Attacker, Score } from "../score.ts";
import { type Cell, cellsOf, signGood, unsigned } from "../stage/cells.ts";
import type { Stage } from "../stage/stage.ts";
import { databaseFiles, fileOf, withDatabase } from "../stage/storage.ts";

/** The attacker. */
export const storage: Attacker = {
  name: "storage stolen",
  async run(stage, score) {
    await dump(stage, score);
    await transplant(stage, score);
  },
};

/** No key of a vault or of the deployment stands in what is stored, whole or in its rows. */
async function dump(stage: Stage, score: Score): Promise<void> {
  const { stack, victim } = stage;
  const files = databaseFiles(stack)
    .flatMap((file) => [file, `${file}-wal`])
    .filter(existsSync)
    .map((file) => readFileSync(file));
  for (const [name, secret] of Object.entries(stack.secrets)) {
    if (typeof secret !== "string" || name.endsWith("KeyId") || secret.length < 32) continue;
    const forms = [secret, Buffer.from(secret, "base64"), Buffer.from(secret, "base64url")];
    const found = forms.some((form) => files.some((bytes) => bytes.includes(form)));
    score.verdict(`the deployment's ${name}`, "not stored", found ? "stored" : undefined);
  }
  const { sessions } = await victim.client.vault.listSessions({ parent: victim.name });
  const wanted = new Set([
    ...sessions.map(({ keyAddress }) => keyAddress),
    victim.client.identityKeyId() ?? "",
  ]);
  const hits = new Set(windowsOf(stage.victimFile).flatMap((key) => namesOf(key)));
  for (const name of wanted) {
    score.verdict(
      `the key of ${name}`,
      "sealed",
      hits.has(name) ? "stored in the clear" : undefined,
    );
  }
  // The search finds a key where there is one.
  const planted = secp256k1.utils.randomSecretKey();
  const address = addressOf(secp256k1.getPublicKey(planted, false));
  const finds = namesOf(planted).includes(address);
  score.control("a planted key", finds ? served : { kind: "untyped", what: "not found" });
}

const served = { kind: "served", body: "", headers: new Headers() } as const;

/** Every 32 bytes in a row of what could hold a key. */
function windowsOf(file: string): readonly Uint8Array[] {
  return withDatabase(file, true, (db) =>
    ["secret", "data_key", "session"]
      .flatMap((table) => db.prepare(`SELECT * FROM ${table}`).all())
      .flatMap((row) => Object.values(row))
      .filter((value) => value instanceof Uint8Array && value.length <= 512)
      .flatMap((value) => {
        const bytes = value as Uint8Array;
        const starts = Array.from({ length: Math.max(0, bytes.length - 31) }, (_, i) => i);
        return starts.map((at) => bytes.slice(at, at + 32));
      }),
  );
}

/** What 32 bytes are the secret of. */
function namesOf(bytes: Uint8Array): readonly string[] {
  if (!secp256k1.utils.isValidSecretKey(bytes)) return [];
  return [
    addressOf(secp256k1.getPublicKey(bytes, false)),
    formatEd25519KeyId(ed25519.getPublicKey(bytes)),
  ];
}

async function transplant(stage: Stage, score: Score): Promise<void> {
  const { stack } = stage;
  const own = fileOf(stack, stage.own.owner.vaultId);
  const read = cellsOf(stage.rpcs, "fast").find(({ rpc }) => rpc.method.name === "GetVault");
  if (read === undefined) throw new Error("no GetVault");
  const whole = (from: string, to: string) => {
    for (const end of ["", "-wal", "-shm"]) {
      rmSync(`${to}${end}`, { force: true });
      if (existsSync(`${from}${end}`)) copyFileSync(`${from}${end}`, `${to}${end}`);
    }
  };
  const kept = `${stage.victimFile}.kept`;
  const withDisk = async (change: () => void) => {
    await stack.kill(["workerd"]);
    change();
    await stack.restart();
  };
  await withDisk(() => {
    whole(stage.victimFile, kept);
    moveSecrets(own, stage.victimFile);
  });
  await expectSilence(stage, score, read, "another vault's sealed keys in this one");
  await withDisk(() => whole(own, stage.victimFile));
  await expectSilence(stage, score, read, "another vault's whole storage in this one");
  await withDisk(() => {
    whole(kept, stage.victimFile);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${kept}${end}`, { force: true });
  });
  const { request } = await signGood(stage, read);
  score.control("its own storage again", await outcomeOfResponse(await send(request)));
}

/** Neither its rightful caller nor the other vault's is served. */
async function expectSilence(stage: Stage, score: Score, read: Cell, what: string): Promise<void> {
  const rightful = (await signGood(stage, read)).request;
  const message = { name: stage.victim.name } as never;
  const theirs = await signRequest(unsigned(stage, read.rpc, read.protocol, message), {
    signer: stage.own.signer,
    vaultId: stage.victim.owner.vaultId,
    nowMs: Date.now(),
  });
  for (const [who, request] of [
    ["its caller", rightful],
    ["the other vault's caller", theirs],
  ] as const) {
    const outcome = await outcomeOfResponse(await send(request));
    const refused = outcome.kind === "refused";
    score.verdict(
      `${what}: ${who}`,
      outcomeText(outcome),
      refused ? undefined : outcomeText(outcome),
    );
  }
}

function moveSecrets(from: string, to: string): void {
  withDatabase(to, false, (db) => {
    db.exec(`ATTACH DATABASE '${from}' AS other`);
    for (const table of ["secret", "data_key"]) {
      db.exec(`DELETE FROM ${table}`);
      db.exec(`INSERT INTO ${table} SELECT * FROM other.${table}`);
    }
  });
}
