// The login as a page sees it: a way out in the header, and a strip once the login is over. What is on
// the page stays; when somebody has logged in again, in another tab, the strip goes and all goes on.

import { route } from './address.js';

const LOOK_MS = 3000;
const plain = window.fetch.bind(window);
let strip = null;
let looking = 0;

// Gradio's own requests and those of the widgets meet the same refusal.
window.fetch = async (...asked) => {
  const answer = await plain(...asked);
  if (answer.status === 401 && answer.url.startsWith(route('/').href)) show();
  return answer;
};
window.addEventListener('studio-logged-out', () => show());
window.addEventListener('focus', () => look());
document.addEventListener('visibilitychange', () => look());
whenThere('.facts', addWayOut);

function show() {
  if (strip) return;
  strip = document.createElement('div');
  strip.className = 'logged-out';
  strip.setAttribute('role', 'alert');
  const again = document.createElement('a');
  again.href = route('/login?next=/login/done');
  again.target = '_blank';
  again.textContent = 'Log in again';
  strip.append('You are logged out. What is on this page stays. ', again);
  (document.querySelector('.gradio-container') ?? document.body).append(strip);
  looking = setInterval(look, LOOK_MS);
}

// Has somebody logged in again?
async function look() {
  if (!strip || document.hidden) return;
  const answer = await plain(route('/house/stamp')).catch(() => null);
  if (!answer?.ok || !strip) return;
  clearInterval(looking);
  strip.remove();
  strip = null;
  window.dispatchEvent(new Event('studio-logged-in'));
}

function addWayOut(facts) {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = route('/logout');
  form.className = 'way-out';
  const button = document.createElement('button');
  button.id = 'log-out';
  button.textContent = 'Log out';
  form.append(button);
  facts.append(form);
}

function whenThere(selector, act) {
  const found = document.querySelector(selector);
  if (found) {
    act(found);
    return;
  }
  const watching = new MutationObserver(() => {
    const come = document.querySelector(selector);
    if (!come) return;
    watching.disconnect();
    act(come);
  });
  watching.observe(document.body, { childList: true, subtree: true });
}
