// What is said about a run, in words.

// A sign beside the word, so that a state is never told by colour alone.
export const STATES = {
  queued: { sign: '…', word: 'waiting' },
  running: { sign: '▶', word: 'training' },
  stopping: { sign: '◼', word: 'stopping' },
  stopped: { sign: '❚❚', word: 'stopped' },
  interrupted: { sign: '✂', word: 'interrupted' },
  finished: { sign: '✓', word: 'finished' },
  failed: { sign: '✕', word: 'failed' },
};

const PHASES = {
  starting: 'starting', loading: 'loading the data', measuring: 'measuring', saving: 'saving',
};

export function stateOf(run) {
  const { sign, word } = STATES[run.state] ?? { sign: '?', word: run.state };
  return { sign, word: run.state === 'running' ? PHASES[run.phase] ?? word : word };
}

export function active(run) {
  return ['queued', 'running', 'stopping'].includes(run.state);
}

export function share(run) {
  if (run.state === 'finished') return 1;
  return run.steps ? Math.min(1, run.step / run.steps) : 0;
}

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [minutes, hours] = [Math.floor(whole / 60), Math.floor(whole / 3600)];
  if (hours) return `${hours} h ${minutes % 60} min`;
  return minutes < 10 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
}

// Seconds of training still to come, or null while nothing is known.
export function timeLeft(run) {
  if (run.state !== 'running' || !run.step || !run.seconds) return null;
  return (run.seconds / run.step) * (run.steps - run.step);
}

export function facts(run) {
  const said = [];
  if (run.epochs) {
    const done = run.epoch >= 10 ? Math.floor(run.epoch) : Math.floor(run.epoch * 10) / 10;
    said.push(`epoch ${done} of ${run.epochs}`);
  }
  if (run.steps) said.push(`step ${count(run.step)} of ${count(run.steps)}`);
  const left = timeLeft(run);
  if (left !== null && run.phase === 'training') said.push(`${duration(left)} left`);
  else if (run.seconds && run.state !== 'running') said.push(`${duration(run.seconds)} of training`);
  if (run.examples_per_second) said.push(`${count(Math.round(run.examples_per_second))} examples/s`);
  return said.join('  ·  ');
}

export function count(number) {
  return Number(number).toLocaleString('en-US');
}

export function ago(iso, now) {
  const seconds = now - Date.parse(iso) / 1000;
  if (!(seconds >= 0)) return '';
  if (seconds < 90) return 'just now';
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h ago`;
  return new Date(iso).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}
