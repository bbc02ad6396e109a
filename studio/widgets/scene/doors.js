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
new MutationObserver(addWayOut).observe(document.body, { childList: true, subtree: true });
addWayOut();

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

// Gradio may draw the header anew; what was put into it is gone then.
function addWayOut() {
  const facts = document.querySelector('#facts .facts');
  if (!facts || facts.querySelector('.way-out')) return;
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
