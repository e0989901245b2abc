/** How far a webhook has come. Pure data. */

/** A webhook on its way. */
export type Delivery = {
  readonly url: string;
  /** What is sent, each time the same. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** How often it was sent, an attempt under way among them. */
  readonly attemptCount: number;
  /** The HTTP status of the last answer; 0 without one. */
  readonly lastStatus: number;
  /** `undefined`: it is not sent again. */
  readonly nextMs: number | undefined;
};
