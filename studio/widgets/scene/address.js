// Addresses of the studio's routes, right under any sub-path that a proxy adds.

export function route(path) {
  const root = window.gradio_config?.root ?? window.location.origin;
  return new URL(root.replace(/\/$/, '') + path, window.location.href);
}

export function socketRoute(path) {
  const url = route(path);
  url.protocol = url.protocol.replace('http', 'ws');
  return url;
}

// JSON from a route; a refusal becomes an Error with the studio's own sentence and its status.
export async function fetchJson(path, options) {
  const text = await reached((await ask(path, options)).text());
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('The studio gave an answer that cannot be read.');
  }
}

export async function fetchBytes(path, options) {
  return reached((await ask(path, options)).arrayBuffer());
}

// The whole response, for its headers.
export async function ask(path, options) {
  const response = await reached(fetch(route(path), options));
  if (!response.ok) throw await refusal(response);
  return response;
}

// An error as a person reads it.
export function sentence(error) {
  if (error?.unreachable) return 'The studio is not answering; try again in a moment.';
  if ([TypeError, RangeError, ReferenceError].some((kind) => error instanceof kind)) {
    console.warn(error);
    return 'Something went wrong in this page; what was there stays. Load it anew if that happens again.';
  }
  return error?.message ?? String(error);
}

// A studio that does not answer is a TypeError to the browser, as are faults of the page: it is marked.
async function reached(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof TypeError) error.unreachable = true;
    throw error;
  }
}

async function refusal(response) {
  const answer = await response.json().catch(() => null);
  const said = typeof answer?.error === 'string' ? answer.error : `The studio answered ${response.status}.`;
  return Object.assign(new Error(said), { status: response.status });
}
