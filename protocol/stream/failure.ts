/** Why a stream is not believed any more. The closed list. */
export type StreamFailure =
  /** A frame is not an event. */
  | "stream_malformed"
  /** An event is missing, comes again or comes too early. */
  | "stream_out_of_order"
  /** An event is of another stream. */
  | "stream_unbound"
  /** An event is not what the vault signed. */
  | "stream_altered"
  /** Nothing fresh came for as long as two heartbeats take. */
  | "stream_silent"
  /** The stream goes on though its lease is over. */
  | "stream_lease_over"
  /** The stream broke off: the vault did not close it. */
  | "stream_truncated";
