/** Effects through a whole vault: asked for by a signed call, carried out by its alarm. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { Execution_State } from "#gen/vault/v1/execution";
import type { IntentSchema } from "#gen/vault/v1/intent";
import { reasonOf } from "#protocol/errors";
import { generateEd25519Signer } from "#protocol/proof/signer";
import { verifyWebhook } from "#protocol/webhook/verify";
import { NodeVault } from "../../../test/support/node-vault.ts";
import { claim, setPolicy } from "../../../test/support/node-vault-acts.ts";
import { readVault } from "../../identity/vault-store.ts";

type Action = NonNullable<MessageInitShape<typeof IntentSchema>["action"]>;

const url = "https://hooks.shop.example/metavault";
const webhook = (to: string): Action => ({
  action: { case: "webhook", value: { url: to, message: "look here" } },
});

async function stage() {
  const vault = new NodeVault();
  const signer = await generateEd25519Signer();
  await claim(vault, signer);
  await setPolicy(vault, { webhookHosts: ["hooks.shop.example", "printer.local"] });
  const { vault: client } = vault.clientOf(signer);
  const ask = async (action: Action) => {
    const intent = { chain: "eip155:31337", action };
    const request = { parent: vault.name, requestId: crypto.randomUUID(), intent };
    return (await client.submitIntent(request)).execution?.name ?? "";
  };
  const stateOf = async (name: string) => (await client.getExecution({ name })).execution;
  return { vault, ask, stateOf };
}

test("a webhook: an error, a crash, and then it is delivered with the same bytes", async () => {
  const { vault, ask, stateOf } = await stage();
  const sent: RequestInit[] = [];
  const answers = [500, 204];
  vault.web = (to, init) => {
    if (to !== url) return undefined;
    sent.push(init);
    return new Response(null, { status: answers.shift() ?? 204 });
  };
  const name = await ask(webhook(url));
  for (let i = 0; i < 3 && sent.length < 1; i++) await vault.wake();
  expect((await stateOf(name))?.delivery).toMatchObject({ attemptCount: 1, lastStatus: 500 });
  vault.crash();
  for (let i = 0; i < 5 && sent.length < 2; i++) await vault.wake();
  const execution = await stateOf(name);
  expect(execution?.state).toBe(Execution_State.FINAL);
  expect(execution?.delivery).toMatchObject({ attemptCount: 2, lastStatus: 204 });
  expect(sent).toHaveLength(2);
  expect(sent[1]?.body).toEqual(sent[0]?.body);
  const { vaultId } = vault;
  const keyId = readVault(vault.db)?.identityKeyId ?? "";
  for (const { headers, body } of sent) {
    const request = {
      method: "POST",
      url,
      headers: headers as Headers,
      body: body as Uint8Array<ArrayBuffer>,
    };
    const verified = await verifyWebhook(request, { vaultId, keyId, nowMs: vault.nowMs });
    expect(verified).toMatchObject({ ok: true, value: { message: "look here" } });
  }
});

test.each([
  ["https://hooks.shop.example/?key=1", "FIELD_INVALID"],
  ["https://me@hooks.shop.example/", "FIELD_INVALID"],
  ["https://printer.local/", "FIELD_INVALID"],
  ["https://127.0.0.1/", "FIELD_INVALID"],
  ["http://hooks.shop.example/", "FIELD_INVALID"],
  ["https://other.example/", "POLICY_REFUSED"],
])("a webhook to %s is refused: %s", async (to, reason) => {
  const { ask } = await stage();
  expect(await ask(webhook(to)).then(() => "ok", reasonOf)).toBe(reason);
});

test("a freeze needs no session and is carried out; a pause needs its scope", async () => {
  const { vault, ask, stateOf } = await stage();
  const trigger = `${vault.name}/triggers/t1`;
  const pause = ask({ action: { case: "pauseTrigger", value: { trigger } } });
  expect(await pause.then(() => "ok", reasonOf)).toBe("SCOPE_MISSING");
  const name = await ask({ action: { case: "freeze", value: { reason: "enough" } } });
  for (let i = 0; i < 3; i++) await vault.wake();
  expect(readVault(vault.db)?.freeze?.reason).toBe("enough");
  expect((await stateOf(name))?.state).toBe(Execution_State.FINAL);
});
