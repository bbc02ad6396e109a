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
  const response = await fetch(route(path), options);
  if (!response.ok) throw await refusal(response);
  return response.json();
}

export async function fetchBytes(path, options) {
  const response = await fetch(route(path), options);
  if (!response.ok) throw await refusal(response);
  return response.arrayBuffer();
}

async function refusal(response) {
  const answer = await response.json().catch(() => ({}));
  const error = new Error(answer.error ?? `The studio answered ${response.status}.`);
  error.status = response.status;
  return error;
}
