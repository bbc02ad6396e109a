// What can be chosen in the tables tab, and what a table is shown with first.

export const MODES = ['map', 'reconstruction', 'pairs', 'errors', 'samples', 'anomalies', 'losses'];
export const SIDES = ['vae', 'beta'];
export const SCORES = ['error', 'elbo', 'mahalanobis', 'forest', 'lof', 'pca'];
export const PLANES = ['both', 'rows', 'made'];
export const SORTS = ['table', 'worst'];
export const FEATURES = { least: 2, few: 4, most: 5 };

// The columns that a pair plot begins with, in the order of the table: those whose means lie farthest
// apart from class to class, or without classes those of which the plane of two principal components
// keeps most.
export function tellingColumns({ columns, values, labels, classes, pca }) {
  const all = columns.map((_, c) => c);
  const count = all.length > FEATURES.few ? FEATURES.most : all.length;
  if (count === all.length || !values?.length) return all.slice(0, count);
  const known = new Set(labels.filter((label) => label >= 0));
  const share = classes.length > 1 && known.size > 1
    ? (column) => between(column, labels)
    : (column) => [0, 1].reduce((sum, i) => sum + correlation(column, pca.xy.map((place) => place[i])) ** 2, 0);
  const shares = all.map((c) => share(values.map((row) => row[c])));
  return all.sort((a, b) => shares[b] - shares[a]).slice(0, count).sort((a, b) => a - b);
}

// The share of a column's variance that lies between the classes.
function between(column, labels) {
  const groups = new Map();
  let [sum, count] = [0, 0];
  column.forEach((v, i) => {
    if (labels[i] < 0) return;
    const group = groups.get(labels[i]) ?? { sum: 0, count: 0 };
    groups.set(labels[i], { sum: group.sum + v, count: group.count + 1 });
    sum += v;
    count += 1;
  });
  const mean = sum / count;
  const total = column.reduce((all, v, i) => all + (labels[i] < 0 ? 0 : (v - mean) ** 2), 0);
  const apart = [...groups.values()].reduce((all, one) => all + one.count * (one.sum / one.count - mean) ** 2, 0);
  return total > 0 ? apart / total : 0;
}

function correlation(a, b) {
  const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;
  const [x, y] = [mean(a), mean(b)];
  let [xy, xx, yy] = [0, 0, 0];
  a.forEach((v, i) => {
    xy += (v - x) * (b[i] - y);
    xx += (v - x) ** 2;
    yy += (b[i] - y) ** 2;
  });
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
