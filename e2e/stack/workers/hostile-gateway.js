// A gateway in the hands of an attacker: it has the real one's bindings, and does as it likes.
export default {
  async fetch(request, env) {
    const url = new URL(request.url);
    const honest = new URL(env.ORIGIN);
    url.protocol = honest.protocol;
    url.host = honest.host;
    const headers = new Headers(request.headers);
    let body = await request.arrayBuffer();
    let vaultId = headers.get("metavault-id");
    switch (headers.get("x-attack")) {
      case "body":
        body = new TextEncoder().encode(new TextDecoder().decode(body).replaceAll("0x", "0X"));
        break;
      case "digest": {
        // The body and its digest changed together.
        body = new Uint8Array([...new Uint8Array(body), 0x20]);
        const digest = await crypto.subtle.digest("SHA-256", body);
        const text = btoa(String.fromCharCode(...new Uint8Array(digest)));
        headers.set("content-digest", `sha-256=:${text}:`);
        break;
      }
      case "method":
        url.pathname = url.pathname.replace("SimulateIntent", "SubmitIntent");
        break;
      case "vault":
        vaultId = headers.get("x-other-vault");
        break;
      case "unsigned":
        headers.delete("signature");
        headers.delete("signature-input");
        break;
    }
    const object = env.METAVAULT.getByName(vaultId);
    const response = await object.fetch(new Request(url, { method: "POST", headers, body }));
    const meddle = onFrames[headers.get("x-attack")];
    if (meddle === undefined || response.body === null) return response;
    return new Response(response.body.pipeThrough(frameByFrame(meddle())), response);
  },
};

/** The frame of a stream that is attacked: not the first, so that it has begun well. */
const target = 2;

const flip = (frame) => frame.with(frame.length - 8, frame[frame.length - 8] ^ 1);

/** What was seen of streams, for later. */
const kept = [];

/** Attacks on streams: what becomes of the frame with a number; `undefined` ends the stream. */
const onFrames = {
  "stream-drop": () => (frame, at) => (at === target ? [] : [frame]),
  "stream-repeat": () => (frame, at) => (at === target ? [frame, frame] : [frame]),
  "stream-alter": () => (frame, at) => (at === target ? [flip(frame)] : [frame]),
  "stream-swap": () => {
    let held;
    return (frame, at) => {
      if (at === target) held = frame;
      if (at === target) return [];
      return at === target + 1 ? [frame, held] : [frame];
    };
  },
  "stream-cut": () => (frame, at) => (at === target ? undefined : [frame]),
  "stream-end": () => (frame, at) =>
    at < target ? [frame] : at === target ? [new Uint8Array([2, 0, 0, 0, 2, 123, 125])] : undefined,
  "stream-mute": () => (frame, at) => (at < target ? [frame] : []),
  "stream-keep": () => (frame) => {
    kept.push(frame);
    return [frame];
  },
  // The first event of this stream is its own; then comes what another stream had said.
  "stream-splice": () => (frame, at) => (at === 0 ? [frame, ...kept.slice(1)] : []),
};

/** Cuts a stream into its frames, as Connect and gRPC-Web lay them out. */
function frameByFrame(meddle) {
  let buffer = new Uint8Array();
  let at = 0;
  return new TransformStream({
    transform(chunk, controller) {
      buffer = new Uint8Array([...buffer, ...chunk]);
      while (buffer.length >= 5) {
        const end = 5 + new DataView(buffer.buffer).getUint32(1);
        if (buffer.length < end) return;
        const frames = meddle(buffer.slice(0, end), at++);
        buffer = buffer.slice(end);
        if (frames === undefined) return controller.terminate();
        for (const frame of frames) controller.enqueue(frame);
      }
    },
  });
}
