/** What attackers and mistakes do to a signed request, with the reason it is refused for. */
import type { Tamper } from "./tamper.ts";
import { tamperedInputs } from "./tampered-input.ts";
import { tamperedSignatures } from "./tampered-signature.ts";
import { tamperedTargets } from "./tampered-target.ts";

/** All of them. */
export const tampers: readonly Tamper[] = [
  ...tamperedInputs,
  ...tamperedTargets,
  ...tamperedSignatures,
];
