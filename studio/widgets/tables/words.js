// What the tab says in words and figures.

import { short } from '../chart/ticks.js';

export const KINDS = { vae: 'VAE', beta: 'β-VAE' };

export function figure(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return value.toFixed(digits).replace('-', '−');
}

export function percent(value, digits = 0) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  return `${(100 * value).toFixed(digits)} %`;
}

export function amount(n, one, many) {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}

// A score, to be read on its own.
export function valued(value) {
  if (value === null || value === undefined) return '–';
  return short(Number(value.toPrecision(4)));
}

// A factor as it was typed: 2.3, not 2.300.
function factor(value) {
  return String(Number(value.toPrecision(4)));
}

// A value of a column, in as many decimals as a twentieth of its spread needs.
export function told(value, { std }) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 1e7 || (size > 0 && std < 1e-5)) return short(value);
  const decimals = std > 0 ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(std / 20)))) : 2;
  return value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace('-', '−');
}

// A column's name without the unit that it ends on.
export function plain({ name, unit }) {
  const ending = ` (${unit})`;
  return unit && name.endsWith(ending) ? name.slice(0, -ending.length) : name;
}

// The same with its unit.
export function named(column) {
  return column.unit ? `${plain(column)} (${column.unit})` : column.name;
}

// What a table is, in one line.
export function facts({ total, row, columns, classes, split, here, sentence }) {
  if (!here) return sentence;
  const held = split.filter((v) => v === 1).length;
  const shown = row.length < total ? `${amount(total, 'row', 'rows')}, ${row.length.toLocaleString('en')} of them drawn` : amount(total, 'row', 'rows');
  const kinds = classes.length ? amount(classes.length, 'class', 'classes') : 'no classes';
  return `${shown} · ${amount(columns.length, 'column', 'columns')} · ${kinds} · ${percent(held / row.length)} held out`;
}

// What a model is, in one line.
export function about({ beta, latent_dim: size, epochs, normal_class: normal, other_rows: others }) {
  return [
    others ? 'learned other rows' : '',
    `β ${factor(beta)}`, size === 2 ? 'two numbers a row' : `${size} numbers a row`,
    epochs ? amount(epochs, 'epoch', 'epochs') : '', normal ? `only ${normal}` : '',
  ].filter(Boolean).join(' · ');
}

// How well a row's neighbours tell its class.
export function mapWords({ vae }) {
  if (vae.knn === null || vae.knn === undefined) return 'Rows that are alike lie close together; shades and lines are the decoded column.';
  return `${percent(vae.knn)} of the held-out rows have the class of their five nearest rows.`;
}

export function planeWords(variance, moved, pcaMoved) {
  const kept = percent(variance[0] + variance[1]);
  return `A line joins a row (dot) to its reconstruction (cross): ${figure(moved)} standard deviations long on average in this plane. `
    + `The plane keeps ${kept} of the variance${pcaMoved ? '' : ', and PCA itself would leave each row where it is'}.`;
}

export function errorWords(columns, size) {
  const with_ = columns.filter(({ pca_test: pca }) => pca !== null);
  const better = with_.filter(({ rmse_test: test, pca_test: pca }) => test < pca).length;
  const gap = columns.filter(({ rmse_test: test, rmse_train: train }) => test > 1.35 * train).length;
  const whole = size >= columns.length;
  const first = whole ? `As many components of PCA as this model has latents rebuild every row, so there is nothing to compare`
    : better === with_.length ? `Smaller than PCA's error in every column`
    : better === 0 ? `PCA's error is smaller in every column` : `Smaller than PCA's error in ${better} of ${with_.length} columns`;
  return `${first}${whole ? '' : ', on held-out rows'}${gap ? `; ${amount(gap, 'column is', 'columns are')} clearly worse there than in training` : ''}.`;
}

export function flaggedWords({ flagged, usual, found, of, rows }, normal) {
  if (normal === null) return `${amount(rows, 'row is', 'rows are')} flagged.`;
  return `Flagged: ${found.toLocaleString('en')} of ${amount(of, 'anomaly', 'anomalies')} found, ${flagged.toLocaleString('en')} of ${amount(usual, 'usual row', 'usual rows')} with them.`;
}

export function lossWords({ total, reconstruction, kl }, beta) {
  const last = (list) => (list?.length ? list.at(-1) : null);
  return `At the end ${figure(last(total))} nats a row: reconstruction ${figure(last(reconstruction))} and ${beta === 1 ? '' : `${factor(beta)} × `}${figure(last(kl))} of KL.`;
}
