/** What became of asking a source. */
import type { AskFailure, Source, SourceReadings } from "../source/source.ts";

/** A raw answer, kept for disputes under its hash. */
export type Payload = {
  /** SHA-256 of `body`. */
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly fetchMs: number;
};

/** What became of asking a source. */
export type Outcome =
  | {
      readonly kind: "ok";
      readonly source: Source;
      /** When the last of its answers came. */
      readonly fetchMs: number;
      readonly readings: SourceReadings;
      /** The answers, in the order of the requests. */
      readonly payloads: readonly Payload[];
    }
  | { readonly kind: "failed"; readonly source: Source; readonly failure: AskFailure };
