/** All migrations, in order. A released one never changes; new ones are added at the end. */
import type { Migration } from "./migrate.ts";
import { identityMigration } from "./migrations/0001-identity.ts";
import { ledgerMigration } from "./migrations/0002-ledger.ts";
import { schedulerMigration } from "./migrations/0003-scheduler.ts";
import { keyringMigration } from "./migrations/0004-keyring.ts";
import { policyMigration } from "./migrations/0005-policy.ts";
import { triggerMigration } from "./migrations/0006-trigger.ts";
import { sessionMigration } from "./migrations/0007-session.ts";
import { executionMigration } from "./migrations/0008-execution.ts";
import { fortressMigration } from "./migrations/0009-fortress.ts";
import { conditionsMigration } from "./migrations/0010-conditions.ts";
import { keptRoundMigration } from "./migrations/0011-kept-round.ts";
import { policyChangeMigration } from "./migrations/0012-policy.ts";
import { approvalMigration } from "./migrations/0013-approval.ts";
import { attemptMigration } from "./migrations/0014-attempt.ts";
import { auditMigration } from "./migrations/0015-audit.ts";
import { portfolioMigration } from "./migrations/0016-portfolio.ts";
import { revocationMigration } from "./migrations/0017-revocation.ts";
import { deliveryMigration } from "./migrations/0018-delivery.ts";

export const migrations: readonly Migration[] = [
  identityMigration,
  ledgerMigration,
  schedulerMigration,
  keyringMigration,
  policyMigration,
  triggerMigration,
  sessionMigration,
  executionMigration,
  fortressMigration,
  conditionsMigration,
  keptRoundMigration,
  policyChangeMigration,
  approvalMigration,
  attemptMigration,
  auditMigration,
  portfolioMigration,
  revocationMigration,
  deliveryMigration,
];
