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
    return object.fetch(new Request(url, { method: "POST", headers, body }));
  },
};
