// Talks to the server. Each answer is JSON; what went wrong is an error whose message is meant for people.

// After these milliseconds a request counts as lost, as nothing else would ever say so.
const PATIENCE = 60_000;
const PHOTO_PATIENCE = 600_000;
const SLOWEST = 20; // bytes in a millisecond on a line that is waited for; a body may have 45 MB

export class ServiceError extends Error {
  constructor(message, { status = 0, kind = "" } = {}) {
    super(message);
    Object.assign(this, { status, kind });
  }

  // Nobody answered, or somebody in between: the same request may succeed later.
  get passing() {
    return this.status === 0 || this.status >= 500 || this.status === 429;
  }
}

export class Service {
  constructor(root) {
    Object.assign(this, { root, token: "" });
  }

  async json(method, path, body, signal) {
    const sent = body && JSON.stringify(body);
    const limit = AbortSignal.timeout(PATIENCE + (sent?.length ?? 0) / SLOWEST);
    const answer = await this.ask(method, path, sent, signal ? either(signal, limit) : limit);
    return whole(answer.json());
  }

  async blob(path) {
    const answer = await this.ask("GET", path, undefined, AbortSignal.timeout(PHOTO_PATIENCE));
    return whole(answer.blob());
  }

  async ask(method, path, body, signal) {
    const headers = { ...(this.token && { Authorization: `Bearer ${this.token}` }), ...(this.page && { "X-Page": this.page }) };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(this.root + path, { method, headers, signal, body });
    } catch (error) {
      throw missed(error);
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw new ServiceError(said.error || `the server answered ${answer.status}`, { status: answer.status, kind: said.kind });
  }
}

// An answer that ends in the middle, as of a server that was killed, is none.
function whole(body) {
  return body.catch((error) => {
    throw missed(error);
  });
}

function missed(error) {
  if (error.name === "AbortError") return error;
  return new ServiceError(error.name === "TimeoutError" ? "the server does not answer" : "the server cannot be reached");
}

// As AbortSignal.any, which browsers have since 2024 only.
function either(...signals) {
  const both = new AbortController();
  for (const each of signals) {
    if (each.aborted) both.abort(each.reason);
    each.addEventListener("abort", () => both.abort(each.reason));
  }
  return both.signal;
}
