// What the sampler says in words and figures.

// A figure with a real minus sign, and none before a zero.
export function number(value, digits = 2) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

// A code as requests and links have it.
export const codeText = (z) => Array.from(z, (v) => Number(v.toFixed(5))).join();

export { sentence } from '../scene/address.js';

// A model in a line: what beta traded for what.
export function brief({ beta, latent_dim: size, metrics, frechet }) {
  const value = (key) => metrics.find((metric) => metric.key === key)?.value;
  const parts = [beta === null ? 'β unknown' : `β ${beta}`, `${size}-d`];
  const add = (key, name) => {
    if (value(key) !== undefined) parts.push(`${name} ${number(value(key), 1)}`);
  };
  add('reconstruction', 'reconstruction');
  add('kl', 'KL');
  add('elbo', 'ELBO');
  if (value('elbo') !== undefined) parts[parts.length - 1] += ' nats';
  if (value('active_units') !== undefined) parts.push(`${value('active_units')} active`);
  const distances = [['prior', frechet.prior], ['mixture', frechet.mixture]].filter(([, v]) => v !== null);
  if (distances.length) parts.push(`Fréchet ${distances.map(([name, v]) => `${name} ${number(v)}`).join(', ')}`);
  return parts.join(' · ');
}

// What a model's own fit is, under its picture.
export function fitWords(about, { label }, facts) {
  if (!facts) return '';
  const what = facts.components === 1 ? 'one full Gaussian' : `${facts.components} Gaussians`;
  return `${what} fitted to ${label === null ? 'all data' : `class ${about.class_names[label] ?? label}`}`;
}

// What one sees, in a sentence or two.
export function caption(sampler) {
  const { about, mode, fitter, mu, sigma, others, show, pair, shown, chosen } = sampler;
  return [show === 'plane' ? plane() : drawn(), compared()].filter(Boolean).join(' ');

  function drawn() {
    const they = shown > 1 ? `${shown} samples` : 'One sample';
    if (mode === 'exact') return 'The picture is what the decoder makes of exactly these numbers.';
    if (mode === 'prior') return `${they} from the prior N(0, I), the same as μ = 0 and σ = 1 everywhere: what the KL pulls the encoder towards.`;
    if (mode === 'fitted') {
      const facts = fitter.known(about);
      return `${they} from ${fitWords(about, fitter.source, facts) || 'Gaussians that are being fitted'}, as the encoder places it.`;
    }
    if (sigma.every((v) => v === 0)) return 'Every σ is 0, so that every sample is μ itself.';
    const plain = mu.every((v) => v === 0) && sigma.every((v) => v === 1);
    return plain
      ? `${they} with μ = 0 and σ = 1 everywhere: the prior, until a slider moves.`
      : `${they} of z = μ + σ ε, every dimension on its own.`;
  }

  function plane() {
    const [x, y] = pair;
    const through = mode === 'exact' ? 'the code' : `sample ${chosen + 1} of ${shown}`;
    return `The plane through ${through}: z${x + 1} grows to the right, z${y + 1} upwards, the rest is held. A click goes there.`;
  }

  function compared() {
    if (!others.length) return '';
    return [matched(), strange()].filter(Boolean).join(' ');
  }

  function matched() {
    if (mode === 'fitted') return 'Each model draws from its own fit with the same seed.';
    const unlike = others.filter((other) => other.latent_dim !== about.latent_dim);
    if (!unlike.length) return 'All decode the same z; each model has its own use for a dimension.';
    const names = unlike.map(({ name }) => name).join(' and ');
    if (mode === 'exact') return `The latent sizes differ: ${names} gets the same first numbers, and 0 for further ones.`;
    return `The latent sizes differ, so ${names} is matched by seed: the first dimensions get the same numbers, `
      + 'further ones are drawn from N(0, 1).';
  }

  function strange() {
    const data = [...new Set([about, ...others].map(({ dataset }) => dataset))];
    return data.length > 1 ? `Their figures are of different data (${data.join(', ')}) and cannot be compared.` : '';
  }
}

// How a code lies among draws from the prior, for the figures below the gauge.
export function whereabouts(found) {
  const rows = [['log p(z)', `${number(found.log_density, 1)} nats under N(0, I)`]];
  if (found.nearest !== null) rows.push(['around', `${found.nearest}: ${Math.round(100 * found.share)} % of the nearest codes`]);
  return rows;
}

const ODD = 0.001;

export function note(found) {
  if (found.charted === null) return 'It came without encoded examples, so nobody knows where this model has been.';
  if (!found.charted) {
    return `The model has hardly been here: its ${ordinal(found.neighbours)} nearest code lies ${number(found.distance)} away, farther `
      + 'than for 99 % of those it was trained on. The picture may be its own invention.';
  }
  const near = `Charted: data is nearer than for ${Math.round(found.percentile)} % of the codes it was trained on`;
  if (found.quantile < ODD) return `${near}, but fewer than one draw of the prior in a thousand lies so near the origin.`;
  if (found.quantile > 1 - ODD) return `${near}, but fewer than one draw of the prior in a thousand lies so far out.`;
  return `${near}.`;
}

function ordinal(n) {
  return { 1: 'very', 2: 'second', 3: 'third', 10: 'tenth' }[n] ?? `${n}th`;
}
