// Stands in for the public internet: a few hosts of a test are servers of this machine. All else
// goes where it is addressed. Only a local stack has it; what is deployed has no such way round.
export default {
  fetch(request, env) {
    const url = new URL(request.url);
    const base = JSON.parse(env.HOSTS)[url.host];
    if (base === undefined) return fetch(request);
    return fetch(new Request(new URL(url.pathname + url.search, base), request));
  },
};
