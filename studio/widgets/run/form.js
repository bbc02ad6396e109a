// The command line follows the form: one question to the studio at a time, and the last edit last.
// Answers to questions asked in parallel may come in any order, and then an old one would stay.

const TYPING_MS = 30;
let asking = false;
let edited = false;

export function edit() {
  edited = true;
  if (!asking) ask();
}

export function answered() {
  asking = false;
  if (edited) ask();
}

// Gradio's label is that of the button which copies; the field itself would have no name.
export function name() {
  document.querySelector('#train-command textarea')?.setAttribute('aria-label', 'The same on the command line');
}

function ask() {
  asking = true;
  edited = false;
  // By then Gradio has taken the edit over.
  setTimeout(() => document.querySelector('#train-ask').click(), TYPING_MS);
}
