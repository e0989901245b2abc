/** Writes values in workerd's configuration language (Cap'n Proto text). */

/** A text value. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** One service of the configuration. */
export type Service = { readonly name: string; readonly body: string };

/** One socket that listens on loopback. */
export type Socket = { readonly name: string; readonly port: number; readonly service: string };

/** A Worker whose module is a file. */
export function worker(options: {
  readonly file: string;
  /** A main module around the file, which imports it under a name. */
  readonly wrapper?: { readonly file: string; readonly innerName: string };
  readonly compatibilityDate: string;
  readonly flags?: readonly string[];
  readonly bindings: readonly string[];
  /** More fields of the Worker, written out. */
  readonly more?: string;
}): string {
  const flags = (options.flags ?? []).map(quote).join(", ");
  const module = (name: string, file: string) =>
    `(name = ${quote(name)}, esModule = embed ${quote(file)})`;
  const { wrapper } = options;
  const modules =
    wrapper === undefined
      ? module("index.js", options.file)
      : `${module("index.js", wrapper.file)}, ${module(wrapper.innerName, options.file)}`;
  return `worker = (
      modules = [${modules}],
      compatibilityDate = ${quote(options.compatibilityDate)},
      compatibilityFlags = [${flags}],
      bindings = [
        ${options.bindings.join(",\n        ")}
      ],
      ${options.more ?? ""}
    )`;
}

/** A whole configuration. */
export function config(
  services: readonly Service[],
  sockets: readonly Socket[],
  extensions: readonly string[],
): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.map(({ name, body }) => `(name = ${quote(name)}, ${body})`).join(",\n    ")}
  ],
  sockets = [
    ${sockets.map((s) => `(name = ${quote(s.name)}, address = "127.0.0.1:${s.port}", http = (), service = ${quote(s.service)})`).join(",\n    ")}
  ],
  extensions = [${extensions.join(", ")}],
);
`;
}
