/** Puts one vault together from its modules; everything from outside is passed in. */
import { TriggerService } from "#gen/trigger/v1/trigger_service";
import { VaultService } from "#gen/vault/v1/vault_service";
import { methodsByPath } from "#protocol/access";
import { dial } from "#protocol/dial";
import type { Failure } from "#protocol/failure";
import { formatEd25519KeyId } from "#protocol/proof/key-id";
import { turnAway } from "#protocol/receive";
import { ok } from "#protocol/result";
import { chainIn } from "./account/chain-config.ts";
import { createContractCheck } from "./account/contract-signature.ts";
import { inOrder } from "./account/endpoint-health.ts";
import { createRpc } from "./account/node.ts";
import { proveOwner } from "./account/prove-owner.ts";
import { createAsk } from "./account/quorum.ts";
import { createReconcile } from "./account/reconcile.ts";
import { createApprovals } from "./approval/approvals.ts";
import { createExpireApproval } from "./approval/expire.ts";
import { createChainReader } from "./chain/node-reader.ts";
import { createAdvance } from "./execution/advance.ts";
import { runEffect } from "./execution/effect/run-effect.ts";
import { createFrontDoor } from "./front-door.ts";
import type { Member } from "./identity/authority.ts";
import { createForget, forgetPauseMs } from "./identity/forget.ts";
import { refusalOf } from "./identity/key.ts";
import { readKey } from "./identity/key-store.ts";
import { checkPasskeys } from "./identity/passkey.ts";
import { createCheckProof } from "./identity/proof.ts";
import { createRecover } from "./identity/recover.ts";
import type { Vault } from "./identity/vault.ts";
import { hasSchema, readVault } from "./identity/vault-store.ts";
import { createKeyring } from "./keyring/keyring.ts";
import { createWake, renew, renewMs, retryMs } from "./keyring/wake.ts";
import { createNotaryClient } from "./notary/client.ts";
import { createGuard } from "./notary/guard.ts";
import { reconcileRestored } from "./notary/reconcile.ts";
import { applyPending } from "./policy/change-policy-store.ts";
import { createSnapshots, noteExecutionEnded } from "./portfolio/snapshot.ts";
import { createPriceReader } from "./price/oracle-reader.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { createUsage } from "./scheduler/usage.ts";
import { createAdmitLookup } from "./service/admit-lookup.ts";
import { createCertifier } from "./service/certifier.ts";
import { orThrow } from "./service/context.ts";
import { createWatchSession } from "./session/watch-session.ts";
import { createSignalClient } from "./signal/client.ts";
import { createSignalHistory } from "./signal/history-client.ts";
import { readRound } from "./signal/round-store.ts";
import { migrate } from "./storage/migrate.ts";
import { noticeWrites } from "./storage/notice.ts";
import { createStreams } from "./stream/registry.ts";
import { isBusy } from "./trigger/busy.ts";
import { executionEnded } from "./trigger/execution-end.ts";
import { dropCauses } from "./trigger/firing-store.ts";
import type { VaultParts, VaultRuntime } from "./vault-parts.ts";
import { composeServices } from "./vault-services.ts";
import { tellOf } from "./vault-telemetry.ts";
import { composeWatch } from "./vault-watch.ts";

/** Without its keys a vault can't even sign that it can't. */
const sealed: Failure = {
  reason: "UNAVAILABLE",
  detail: "the vault's keys can't be opened by this deployment",
  metadata: {},
  retryAfterMs: retryMs,
};

/** Puts a vault together. Writes nothing unless the vault is claimed and its schema is old. */
export function composeVault(parts: VaultParts): VaultRuntime {
  const { settings, now, random, newId } = parts;
  const { db, whenWritten } = noticeWrites(parts.db);
  let exists = hasSchema(db);
  if (exists) migrate(db);
  // Whoever can move files between objects must not make one vault answer for another.
  const stored = exists ? readVault(db) : undefined;
  if (stored !== undefined && !parts.isOwnId(stored.vaultId)) {
    throw new Error("what is stored is another vault's");
  }
  const createSchema = () => {
    if (!exists) migrate(db);
  };
  const claimed = () => {
    exists ||= hasSchema(db);
    return exists;
  };
  const vault = (): Vault | undefined => (claimed() ? readVault(db) : undefined);
  const vaultId = () => {
    const id = vault()?.vaultId;
    if (id === undefined) throw new Error("the vault is not claimed");
    return id;
  };

  const keyring = createKeyring({ db, vaultId, keks: settings.keks, claimed });
  const wake = createWake({
    db,
    vaultId,
    keks: settings.keks,
    identity: () => keyring.identity(),
    now,
    onFault: (fault) => parts.onFault("keyring", fault),
  });
  const tell = tellOf({ telemetry: parts.telemetry, db, now });
  const transport = dial(parts.signals, "http://signals-service");
  const signals = createSignalClient({
    transport,
    feedKeyId: settings.feedKeyId,
    now,
    timer: parts.timer,
    kept: () => (claimed() ? readRound(db) : undefined),
    onPull: tell.pulled,
  });
  const onNotaryFault = (fault: unknown) => parts.onFault("notary", fault);
  const notary = createNotaryClient({
    fetch: parts.notary,
    sign: settings.notaryMac.sign,
    onFault: onNotaryFault,
  });
  const guard = createGuard({
    db,
    forgetSession: keyring.forget,
    notary,
    vaultId,
    now,
    onFault: onNotaryFault,
  });
  const { chains, attestation, issuer, codeVersion } = settings;
  const nodes = {
    fetch: parts.outside,
    onDisagreement: (fault: Error) => parts.onFault("quorum", fault),
  };
  const contracts = {
    chains,
    ask: (chainId: number) => createAsk(nodes, orThrow(chainIn(chains, chainId))),
  };
  const chainReader = createChainReader({ ...nodes, chains, now });
  const checkProof = createCheckProof({
    passkey: checkPasskeys(settings.relyingParty),
    contract: createContractCheck(contracts),
  });
  const consenting = {
    db,
    checkProof,
    admitLookup: createAdmitLookup((keyId, nowMs) => {
      const epoch = vault()?.authorityEpoch;
      return epoch !== undefined && refusalOf(readKey(db, keyId)?.key, epoch, nowMs) === undefined;
    }),
  };
  const memberKinds = new Set<Member["kind"]>(["EOA", "CONTRACT"]);
  if (settings.relyingParty.origins.size > 0) memberKinds.add("WEBAUTHN");
  const health = { book: new Map(), now };
  const rpcFor = (urls: readonly string[], deadlineMs?: number) =>
    createRpc(parts.outside, urls, health, deadlineMs);
  const asking = { chains, rpcFor, prices: createPriceReader({ chains, chain: chainReader }) };
  const usage = createUsage({ db, now });
  const scheduler = createScheduler({
    db,
    usage,
    alarm: parts.alarm,
    handlers: {
      watch: () => tell.look(watch),
      async advance(executionId) {
        const outcome = await tell.advance(executionId, advance);
        if (outcome.kind === "done") {
          executionEnded({ db, scheduler }, executionId, now());
          noteExecutionEnded({ db, scheduler }, executionId, now());
        }
        return outcome;
      },
      forget: createForget({ db, now, also: (nowMs) => dropCauses(db, nowMs) }),
      renew: (_, nowMs) => renew(nowMs),
      recover: createRecover({ db, checkProof, now }),
      reconcile: () => reconcile(),
      policy: async () => applyPending(db, vaultId(), now()),
      approval: (approvalId, nowMs) => expireApproval(approvalId, nowMs),
      session: (sessionId) => watchSession(sessionId),
      portfolio: createSnapshots({ db, chains, chain: chainReader, now }, vaultId),
    },
    now,
    timer: parts.timer,
    random,
    onFault: (fault) => parts.onFault("scheduler", fault),
  });
  const approvals = createApprovals({ db, scheduler, vaultId });
  const expireApproval = createExpireApproval({ db, scheduler, vaultId });
  const watch = composeWatch({
    db,
    chains,
    signals,
    chain: chainReader,
    scheduler,
    evaluated: usage.evaluated,
    timer: parts.timer,
    onFault: (fault) => parts.onFault("trigger", fault),
    onFired: tell.fired,
    vaultId,
    newId,
    now,
  });
  const streams = createStreams({ limits: settings.streams, timer: parts.timer, now });
  whenWritten(streams.rouse);
  const identity = () => keyring.identity();
  const effects = { db, vaultId, outside: parts.outside, identity, now };
  const advance = createAdvance({
    db,
    keyring,
    ...asking,
    vaultId,
    approvals,
    runEffect: (execution, effect) => runEffect(effects, execution, effect),
    rank: (urls) => inOrder(urls, health.book, now()),
    onFault: parts.onFault,
    secure: guard.secure,
    now,
  });
  const reconcile = createReconcile({ ...contracts, db, now });
  const watchSession = createWatchSession({
    ...contracts,
    db,
    rpcFor,
    vaultId,
    forgetKey: keyring.forget,
    now,
  });

  const certifier = createCertifier({ db, attestation, issuer, codeVersion });
  const handle = composeServices(
    {
      ...consenting,
      keyring,
      scheduler,
      vault,
      proveRoot: (claim, admit) => proveOwner(contracts, claim, admit),
      identityKeyId: formatEd25519KeyId,
      noted: async (id) => (claimed() ? ok(undefined) : notary.ask(id)),
      certify: certifier.identity,
      certifier,
      usage,
      approvals,
      reconcile: () => reconcileRestored({ db, chains, rpcFor, vaultId }),
      memberKinds,
      contracts,
      ...asking,
      timer: parts.timer,
      newId,
      streams,
      limits: settings.streams,
      identity: () => keyring.identity(),
      secure: guard.secure,
      now,
      signals,
      chain: chainReader,
      isBusy: (triggerId) => isBusy(db, triggerId),
      history: createSignalHistory(transport),
      pause: () => new Promise((done) => void parts.timer(0, done)),
    },
    (fault) => parts.onFault("service", fault),
  );
  const front = createFrontDoor({
    db,
    vault,
    isOwnId: parts.isOwnId,
    origins: settings.origins,
    methods: methodsByPath([VaultService, TriggerService]),
    handle,
    identity: () => keyring.identity(),
    ready: async () => !claimed() || guard.ready(),
    secure: guard.secure,
    attestation,
    certifyIdentity: certifier.identity,
    createSchema,
    afterCommit: () => {
      scheduler.ensure({ kind: "forget", ref: "", dueMs: now() + forgetPauseMs });
      scheduler.ensure({ kind: "renew", ref: "", dueMs: now() + renewMs });
    },
    answered: tell.answered,
    now,
  });

  return {
    async fetch(request) {
      if (!claimed()) return front(request);
      if (!(await wake())) return turnAway(request, sealed, "VAULT");
      await scheduler.watchdog();
      return front(request).finally(tell.flush);
    },
    async alarm(info) {
      if (!claimed()) return;
      tell.alarm(info);
      let works = false;
      await scheduler.tick(info, async () => {
        works = (await wake()) && (await guard.ready());
        return works ? 0 : retryMs;
      });
      // Nobody waits for what happens by itself; what is not noted now is noted later.
      if (works) await guard.secure();
      tell.flush();
    },
  };
}
